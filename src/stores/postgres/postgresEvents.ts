import { EMPTY, merge, Observable, type SchedulerLike, takeUntil } from 'rxjs'
import { clockOf } from '../../../operators/kernel/clock.ts'
import type { EventType, NewEvent } from '../../../operators/model/event.ts'
import type {
  Appended,
  AppendOptions,
  EventLog,
  EventReader,
  LogPage,
  ReadOptions,
} from '../../../operators/ports/events.ts'
import { checkRead } from '../support/checkArguments.ts'
import { AppendNotifier } from './AppendNotifier.ts'
import { appender, prepareAppend } from './append.ts'
import type { Driver, PostgresClient, Queryable } from './driver/Driver.ts'
import { HoleDecisions } from './reader/HoleDecisions.ts'
import type { LogTable } from './reader/LogTable.ts'
import type { Hole } from './reader/safePrefix.ts'
import { TableReader } from './reader/TableReader.ts'
import type { StoreContext } from './StoreContext.ts'
import type { EventsTable } from './table/fromTable.ts'
import { inspectTable } from './table/inspectTable.ts'
import { ownTable } from './table/ownTable.ts'
import { outsideTransaction } from './transactionContext.ts'

/** A log in PostgreSQL that is read. */
export interface PostgresReader<E extends EventType = EventType> extends EventReader<E> {
  /**
   * Reads a page. A read that gets no answer fails with a `TimeoutError` after the store's `patience`; its connection is given
   * up. When the `signal` aborts, it rejects with its reason, and its connection ends.
   */
  read(options: ReadOptions): Promise<LogPage<E>>
  /** Emits when there may be news; when the store is closed once more, and completes. Never errors. */
  readonly hints$: Observable<unknown>
  /**
   * Emits when a connection to the server has been made after one was lost: after a restart, a fail-over, a cut. Completes when
   * the store is closed. On PGlite it never emits.
   */
  readonly reconnects$: Observable<unknown>
}

/** The log of a PostgreSQL store. */
export interface PostgresEvents<E extends EventType = EventType> extends EventLog<E>, PostgresReader<E> {
  read(options: ReadOptions): Promise<LogPage<E>>
  readonly hints$: Observable<unknown>
  readonly reconnects$: Observable<unknown>
  /**
   * Appends within a transaction of the application's own, begun on a client of the same database: the events commit with
   * whatever else that transaction does, or not at all. After a conflict the transaction can go on. On PGlite, whose one
   * session the transaction holds, the store has to be open (`open()`). Where that transaction is `REPEATABLE READ` or
   * `SERIALIZABLE`, an append to a stream that moved since it began fails with PostgreSQL's `40001`: begin it again.
   *
   * Rejects as `append` does.
   */
  appendWithin(
    client: PostgresClient,
    stream: string,
    events: readonly NewEvent<E>[],
    options?: AppendOptions,
  ): Promise<Appended>
}

/** Where a log's events are read from. */
export interface Reading {
  /** Looks at the table, and refuses what cannot be read safely. */
  readonly open: (driver: Driver) => Promise<LogTable>
  readonly onHole?: ((hole: Hole) => void) | undefined
  /** Emits when there may be news. */
  readonly news$: Observable<unknown>
  /** How often to look for news without a hint, in ms. Absent: never. */
  readonly pollEvery?: number | undefined
}

/** A log that can be looked at before it is read. */
export interface OpenableReader extends PostgresReader {
  readonly open: () => Promise<unknown>
}

/** Reads a table for a log: pages by the exact rule, and hints, also when a hole is decided. */
export function tableEvents(shared: StoreContext, { open, onHole, news$, pollEvery }: Reading): OpenableReader {
  const { address, scheduler } = shared
  let reader: TableReader | undefined
  const opened = shared.opening(async (driver) => {
    reader = new TableReader(driver, await open(driver), {
      address,
      onHole,
      onMoved: () => decisions.moved(),
      onStandby: () => driver.replaceConnections(),
      now: clockOf(scheduler),
    })
    return reader
  })
  const decisions = new HoleDecisions(() => reader, scheduler)
  const polls$ = pollEvery === undefined ? EMPTY : pollHead(async () => (await opened()).head(), pollEvery, scheduler)
  return {
    open: opened,
    async read(options: ReadOptions): Promise<LogPage> {
      shared.checkOpen()
      checkRead(options)
      // One with a signal ends with the patience, and may be that of a run which the work has woken.
      if (options.signal === undefined) await shared.refuseDeadlock()
      const page = await (await opened()).read(options)
      options.signal?.throwIfAborted()
      if (page.through < page.head) decisions.watch()
      return page
    },
    hints$: shared.untilClosed(merge(news$, polls$, decisions.hints$)),
    reconnects$: shared.reconnects$.pipe(takeUntil(shared.closed$)),
  }
}

/** Makes the log of a table that the application writes. */
export function foreignEvents(shared: StoreContext, table: EventsTable, onHole: Reading['onHole']): OpenableReader {
  const { channel, pollEvery } = table
  return tableEvents(shared, {
    open: (driver) => inspectTable(driver, table, shared.address),
    onHole,
    news$: channel === undefined ? EMPTY : shared.hintsOf(channel),
    pollEvery,
  })
}

/** Makes the log in the store's own table. */
export function ownEvents(
  shared: StoreContext,
  now: () => string,
  onHole: Reading['onHole'],
): PostgresEvents & OpenableReader {
  const store = appender(shared.tables)
  const notifier = new AppendNotifier(shared.own, shared.channel, shared.scheduler)
  shared.onClose(() => notifier.idle())
  return {
    ...tableEvents(shared, {
      open: async () => ownTable(await shared.own(), shared.tables),
      onHole,
      news$: merge(notifier.own$, shared.hintsOf(shared.channel, notifier.sender)),
    }),
    async append(stream, events, options) {
      shared.checkOpen()
      const append = prepareAppend(stream, events, options, now, null)
      const appended = await store(append, await shared.forCall())
      // Those who read next do so for themselves.
      outsideTransaction(() => notifier.notify())
      return appended
    },
    async appendWithin(client, stream, events, options) {
      shared.checkOpen()
      const append = prepareAppend(stream, events, options, now, shared.channel)
      await shared.ownWithin()
      return store(append, queries(client))
    },
  }
}

function queries(client: PostgresClient): Queryable {
  return {
    query: async (text, values) =>
      (await client.query(text, values as unknown[])).rows.map((row) => Object.values(row)),
  }
}

/**
 * Looks for the head of a log repeatedly while subscribed, and emits when it has moved. A look that fails is a hint
 * too: whoever reads meets the failure itself.
 */
function pollHead(head: () => Promise<number>, every: number, scheduler: SchedulerLike): Observable<void> {
  return new Observable((subscriber) => {
    let seen: number | undefined
    const look = async (): Promise<void> => {
      const found = await head().catch(() => undefined)
      if (subscriber.closed) return
      const moved = found !== seen || found === undefined
      seen = found
      if (moved) subscriber.next()
      lookLater()
    }
    const lookLater = (): void => {
      if (!subscriber.closed) subscriber.add(scheduler.schedule(() => void look(), every))
    }
    lookLater()
  })
}
