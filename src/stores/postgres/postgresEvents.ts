import { EMPTY, merge, type Observable, takeUntil } from 'rxjs'
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
import { Announcer } from './Announcer.ts'
import { appender, prepareAppend } from './append.ts'
import type { Driver, PostgresClient, Queryable } from './driver/Driver.ts'
import { notHolding } from './holding.ts'
import { newHeads } from './newHeads.ts'
import { Decisions } from './reader/Decisions.ts'
import type { Hole } from './reader/judge.ts'
import type { LogTable } from './reader/LogTable.ts'
import { TableReader } from './reader/TableReader.ts'
import type { StoreParts } from './StoreParts.ts'
import type { EventsTable } from './table/fromTable.ts'
import { inspectTable } from './table/inspectTable.ts'
import { ownTable } from './table/ownTable.ts'

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
export function tableEvents(parts: StoreParts, { open, onHole, news$, pollEvery }: Reading): OpenableReader {
  const { address, scheduler } = parts
  let reader: TableReader | undefined
  const opened = parts.opening(async (driver) => {
    reader = new TableReader(driver, await open(driver), {
      address,
      onHole,
      onMoved: () => decisions.moved(),
      onStandby: () => driver.replaceConnections(),
      now: clockOf(scheduler),
    })
    return reader
  })
  const decisions = new Decisions(() => reader, scheduler)
  const polls$ = pollEvery === undefined ? EMPTY : newHeads(async () => (await opened()).head(), pollEvery, scheduler)
  return {
    open: opened,
    async read(options: ReadOptions): Promise<LogPage> {
      parts.checkOpen()
      checkRead(options)
      // One with a signal ends with the patience, and may be that of a run which the work has woken.
      if (options.signal === undefined) await parts.refuseWithin()
      const page = await (await opened()).read(options)
      options.signal?.throwIfAborted()
      if (page.through < page.head) decisions.watch()
      return page
    },
    hints$: parts.untilClosed(merge(news$, polls$, decisions.hints$)),
    reconnects$: parts.reconnects$.pipe(takeUntil(parts.closed$)),
  }
}

/** Makes the log of a table that the application writes. */
export function foreignEvents(parts: StoreParts, table: EventsTable, onHole: Reading['onHole']): OpenableReader {
  const { channel, pollEvery } = table
  return tableEvents(parts, {
    open: (driver) => inspectTable(driver, table, parts.address),
    onHole,
    news$: channel === undefined ? EMPTY : parts.hintsOf(channel),
    pollEvery,
  })
}

/** Makes the log in the store's own table. */
export function ownEvents(
  parts: StoreParts,
  now: () => string,
  onHole: Reading['onHole'],
): PostgresEvents & OpenableReader {
  const store = appender(parts.tables)
  const announcer = new Announcer(parts.own, parts.channel, parts.scheduler)
  parts.onClose(() => announcer.idle())
  return {
    ...tableEvents(parts, {
      open: async () => ownTable(await parts.own(), parts.tables),
      onHole,
      news$: merge(announcer.own$, parts.hintsOf(parts.channel, announcer.sender)),
    }),
    async append(stream, events, options) {
      parts.checkOpen()
      const append = prepareAppend(stream, events, options, now, null)
      const appended = await store(append, await parts.forCall())
      // Those who read next do so for themselves.
      notHolding(() => announcer.announce())
      return appended
    },
    async appendWithin(client, stream, events, options) {
      parts.checkOpen()
      const append = prepareAppend(stream, events, options, now, parts.channel)
      await parts.ownWithin()
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
