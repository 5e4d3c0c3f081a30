import pg from 'pg'
import {
  defineProjection,
  defineProjector,
  type Recorded,
  type Status,
  startProjection,
  startProjector,
} from 'rx-projection'
import { fromTable, type PostgresContext, type PostgresStore, postgres } from 'rx-projection/postgres'
import { randomFrom } from '../randomWriter.ts'

/** An event of a schedule. No two have the same payload; where it ends with `!`, its handler fails a few times. */
export interface Marked {
  readonly type: 'Marked'
  readonly payload: string
}

/** All marks, as they come: whatever is lost, doubled or out of order shows. */
export const marks = defineProjection<readonly string[], Marked>({
  name: 'marks',
  initialState: () => [],
  on: { Marked: (state, { payload }) => [...state, payload] },
})

/** How a schedule's workers work: all of them alike. */
export interface WorkOptions {
  readonly schema: string
  /** What the projector handles: one event or a page of them, and what commits together. */
  readonly handles: 'event' | 'event, page by page' | 'page'
  /** Reads the events as a table of the application's. */
  readonly foreign: boolean
  readonly streams: readonly string[] | undefined
  readonly exclusive: boolean
  readonly pageSize: number
}

/** What a projection has come to. */
export interface Finished {
  readonly state: readonly string[]
  /**
   * Whether its stop has saved it: what breaks a save on the way is told, and not tried again; and a run that has lost its
   * lease, and waits for it, may not save.
   */
  readonly saved: boolean
}

/** A projection and a projector, at work. */
export interface Work {
  /** Goes on up to a position, and stops there. */
  finish(position: number): Promise<Finished>
  stop(): Promise<void>
}

/** How often the handler fails, of itself, in one worker. */
const FAILURES = 6
const POISONED = 2
/** Of a worker's pool: each one that is cut costs the server a process. */
const CONNECTIONS = 3
const QUICKLY = { delay: 3, entropy: 5, backoff: { factor: 2, max: 50 } } as const
const ALONE = { ttl: 600, renewEvery: 150, acquireEvery: 60 } as const
const WITHIN = { timeout: 120_000 } as const

/** The table that the projector writes to: it would take an event twice. */
export function ledgerOf(schema: string): string {
  return `CREATE TABLE ${schema}.ledger (
    place bigint GENERATED ALWAYS AS IDENTITY, event bigint, mark text, epoch bigint, lease_epoch bigint)`
}

/** Starts to work; the seed decides when the handler fails. */
export function startWork(url: string, options: WorkOptions, seed: number): Work {
  const { schema, handles, foreign, streams, exclusive, pageSize } = options
  const pool = new pg.Pool({ connectionString: url, max: CONNECTIONS })
  pool.on('error', () => undefined)
  // A connection that is lent has no listener but its borrower's, and its end may come before that is there.
  pool.on('connect', (client) => client.on('error', () => undefined))
  const store = postgres<Marked>({
    pool,
    schema,
    ...((foreign && { events: tableOf(schema) }) as object),
  }) as PostgresStore<Marked>
  const handler = new Handler(schema, seed)
  const process = (event: Recorded<Marked>, { client }: PostgresContext) => handler.handle([event], client)
  const projector = startProjector(
    defineProjector<Marked, PostgresContext>({
      name: 'ledger',
      ...(handles === 'page'
        ? { processPage: (events, { client }) => handler.handle(events, client) }
        : { process, transaction: handles === 'event' ? 'event' : 'page' }),
    }),
    common('the projector'),
  )
  projector.telemetry$.subscribe((event) => {
    if (event.type === 'lease.acquired') handler.epoch = event.epoch
  })
  const projection = startProjection(marks, { ...common('the projection'), snapshotEvery: 5, snapshotAfter: 20 })
  let status: Status = 'hydrating'
  projection.status$.subscribe((next) => {
    status = next
  })
  let lastErrors: readonly string[] = []
  let errors = 0

  function common(who: string) {
    return {
      store,
      ...(streams && { streams }),
      pageSize,
      catchUpAfter: 100,
      retry: QUICKLY,
      ...(exclusive && { exclusive: ALONE }),
      onError: (error: unknown) => {
        errors++
        lastErrors = [...lastErrors.slice(-3), `${who}: ${error}`]
      },
    }
  }

  async function stop(): Promise<void> {
    await Promise.all([projector.stop(), projection.stop()])
    await store[Symbol.asyncDispose]()
    await pool.end()
  }

  return {
    async finish(position) {
      try {
        await Promise.all([projector.whenProcessed(position, WITHIN), projection.whenProcessed(position, WITHIN)])
      } catch (error) {
        throw new Error(`${error}, after:\n${lastErrors.join('\n')}`, { cause: error })
      }
      const { state } = projection.current!
      const before = errors
      const running = status === 'live' || status === 'catching-up'
      await stop()
      return { state, saved: running && errors === before }
    },
    stop,
  }
}

/** Writes events down, and fails: before, afterwards, or by a statement that it passes over. */
class Handler {
  /** Of the lease that it works under. */
  epoch: number | undefined
  private readonly random: () => number
  private readonly insert: string
  private readonly poisoned = new Map<string, number>()
  private failures = 0

  constructor(schema: string, seed: number) {
    this.random = randomFrom(seed)
    this.insert = `INSERT INTO ${schema}.ledger (event, mark, epoch, lease_epoch)
      SELECT event, mark, $3::bigint, (SELECT epoch FROM ${schema}.leases WHERE name = '@projector/1/run/ledger' AND $3 IS NOT NULL)
      FROM unnest($1::bigint[], $2::text[]) WITH ORDINALITY AS t (event, mark, place) ORDER BY place`
  }

  async handle(events: readonly Recorded<Marked>[], client: PostgresContext['client']): Promise<void> {
    const { epoch } = this
    const fate = this.failures < FAILURES ? this.random() : 1
    if (fate < 0.1) this.failures++
    if (fate < 0.03) throw new Error('it fails at once')
    await client.query(this.insert, [events.map(({ id }) => id), events.map(({ payload }) => payload), epoch ?? null])
    if (fate < 0.06) throw new Error('it fails afterwards')
    if (fate < 0.1) await client.query('SELECT 1 / 0').catch(() => undefined)
    for (const { payload } of events) {
      const times = this.poisoned.get(payload) ?? 0
      if (!payload.endsWith('!') || times >= POISONED) continue
      this.poisoned.set(payload, times + 1)
      throw new Error(`${payload} is poison`)
    }
  }
}

function tableOf(schema: string): ReturnType<typeof fromTable> {
  const columns = { id: 'position', stream: 'stream', type: 'type', payload: 'payload', revision: 'revision' } as const
  return fromTable({ table: 'events', schema, columns, pollEvery: 25 })
}
