import { checkName, checkStreams, checkVersion } from '../../../operators/model/defineProjection.ts'
import {
  type EventType,
  InvalidProjectionError,
  type MaybePromise,
  type Recorded,
} from '../../../operators/model/index.ts'
import { hint } from '../../../operators/model/keys.ts'

/**
 * What commits together: each event and its position, or each page and its position. A page that fails is rolled back and its
 * events are handled one by one at once, each in a transaction of its own, so that only the poison event stands out.
 */
export type TransactionScope = 'event' | 'page'

interface ProjectorFields {
  /** Names the projector, and its position in a store. */
  readonly name: string
  /**
   * Another version is another projector: it has a position of its own, begins with the first event, and runs beside the others
   * of its name. A positive integer. Default: 1.
   */
  readonly version?: number
  /** The streams to read; the whole log where absent. */
  readonly streams?: readonly string[]
}

/** What `defineProjector` takes: a handler for one event at a time, or one for whole pages. */
export type ProjectorDefinition<E extends EventType, Context> = ProjectorFields &
  (
    | {
        /** Handles one event. What it writes through the store's `context` commits together with the position. */
        readonly process: (event: Recorded<E>, context: Context) => MaybePromise<unknown>
        /** Default: `'event'`. */
        readonly transaction?: TransactionScope
        readonly processPage?: never
      }
    | {
        /** Handles a page of events, in their order, for set-based work; always in one transaction. */
        readonly processPage: (events: readonly Recorded<E>[], context: Context) => MaybePromise<unknown>
        readonly transaction?: 'page'
        readonly process?: never
      }
  )

/** A validated definition: a named handler with side effects. Made by `defineProjector`. */
export interface Projector<E extends EventType = EventType, Context = unknown> {
  readonly name: string
  readonly version: number
  readonly streams: readonly string[] | undefined
  readonly transaction: TransactionScope
  readonly process: ((event: Recorded<E>, context: Context) => MaybePromise<unknown>) | undefined
  readonly processPage: ((events: readonly Recorded<E>[], context: Context) => MaybePromise<unknown>) | undefined
}

const FIELDS = ['name', 'version', 'streams', 'process', 'processPage', 'transaction']

/**
 * Defines a projector: a named handler with side effects on what it owns, such as tables, a search index or mails.
 *
 * Give the event union, and the context of the store where its transactions are used (`SqliteContext`), as type arguments.
 *
 * @throws {InvalidProjectionError} names the field that is missing, wrong or unknown.
 */
export function defineProjector<E extends EventType = EventType, Context = unknown>(
  definition: ProjectorDefinition<E, Context>,
): Projector<E, Context> {
  if (typeof definition !== 'object' || definition === null) {
    throw new InvalidProjectionError('definition', definition, 'an object')
  }
  for (const field of Object.keys(definition)) {
    if (!FIELDS.includes(field)) {
      const message = `unknown field: ${field}${hint(field, FIELDS)}`
      throw new InvalidProjectionError(field, (definition as never)[field], '', { message })
    }
  }
  const { name, process, processPage, transaction = processPage === undefined ? 'event' : 'page' } = definition
  checkName(name)
  const { version = 1 } = definition
  checkVersion(version)
  if ((process === undefined) === (processPage === undefined)) {
    throw new InvalidProjectionError('process', process, 'given, or `processPage` in its place: one of the two')
  }
  if (process !== undefined && typeof process !== 'function') {
    throw new InvalidProjectionError('process', process, 'a function')
  }
  if (processPage !== undefined && typeof processPage !== 'function') {
    throw new InvalidProjectionError('processPage', processPage, 'a function')
  }
  if (transaction !== 'event' && transaction !== 'page') {
    throw new InvalidProjectionError('transaction', transaction, "'event' or 'page'")
  }
  if (processPage !== undefined && transaction !== 'page') {
    throw new InvalidProjectionError('transaction', transaction, "'page' beside `processPage`")
  }
  return Object.freeze({ name, version, streams: checkStreams(definition.streams), transaction, process, processPage })
}
