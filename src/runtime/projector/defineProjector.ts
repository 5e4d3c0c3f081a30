import { checkName, checkStreams, checkVersion } from '../../../operators/model/defineProjection.ts'
import {
  type EventType,
  InvalidProjectionError,
  type MaybePromise,
  type Recorded,
} from '../../../operators/model/index.ts'
import { hint } from '../../../operators/model/keys.ts'

/**
 * The unit of a commit: each event and its position, or each page and its position. If a page fails, it is rolled back. Its
 * events are then immediately handled one by one, each in its own transaction, so that only the poison event fails.
 */
export type TransactionScope = 'event' | 'page'

interface ProjectorFields {
  /** The name of the projector, and of its position in a store. */
  readonly name: string
  /**
   * A new version is another projector: it has its own position, begins with the first event, and runs next to the other versions
   * of its name. A positive integer. Default: 1.
   */
  readonly version?: number
  /** The streams to read; if absent, the whole log. */
  readonly streams?: readonly string[]
}

/** The definition for `defineProjector`: a handler for one event at a time, or one for whole pages. */
export type ProjectorDefinition<E extends EventType, Context> = ProjectorFields &
  (
    | {
        /** Handles one event. Writes through the store's `context` commit together with the position. */
        readonly process: (event: Recorded<E>, context: Context) => MaybePromise<unknown>
        /** Default: `'event'`. */
        readonly transaction?: TransactionScope
        readonly processPage?: never
      }
    | {
        /** Handles a page of events in order, for set-based work; always in one transaction. */
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
 * Defines a projector: a named handler with side effects on data that it owns, such as tables, a search index or mails.
 *
 * As type arguments, pass the event union and, if you use the store's transactions, the context of the store (`SqliteContext`).
 *
 * @throws {InvalidProjectionError} names the missing, wrong or unknown field.
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
