import {
  defineProjector,
  type HandlerError,
  type LogEvent,
  PositionConflictError,
  type Projector,
  startProjector,
  type TelemetryEvent,
} from 'rx-projection'
import { type SqliteContext, sqlite } from 'rx-projection/sqlite'
import { describe, expect, test } from 'vitest'
import { fakeTransactions, type Ledger } from '../support/fakeTransactions.ts'
import { Later } from '../support/Later.ts'
import { append, type Noted, storeWith, upTo } from '../support/notes.ts'
import { record } from '../support/record.ts'
import { VirtualTime } from '../support/VirtualTime.ts'

const retry = { delay: 10, entropy: 0 }

interface Told {
  readonly error: unknown
  readonly attempt: number
  readonly event: LogEvent | undefined
}

/** A projector in page transactions over a log: what it is told, what it wrote, and which pages it was given. */
function start(
  events: number,
  failing: (ids: readonly number[]) => boolean,
  how: 'process' | 'processPage' | 'slowly',
  options: { handlerFailures?: number; pageSize?: number } = {},
) {
  const time = new VirtualTime()
  const store = storeWith(events)
  const { transactions, entries, commits, control } = fakeTransactions(store.positions)
  const pages: number[][] = []
  const told: Told[] = []
  const handle = (page: readonly LogEvent[], ledger: Ledger): void => {
    const ids = page.map(({ id }) => id)
    pages.push(ids)
    for (const id of ids) ledger.write(id)
    if (failing(ids)) throw new Error('poison')
  }
  const definitions: Record<typeof how, Projector<Noted, Ledger>> = {
    process: defineProjector<Noted, Ledger>({
      name: 'p',
      transaction: 'page',
      process: (event, ledger) => handle([event], ledger),
    }),
    processPage: defineProjector<Noted, Ledger>({ name: 'p', processPage: (page, ledger) => handle(page, ledger) }),
    slowly: defineProjector<Noted, Ledger>({
      name: 'p',
      processPage: (page, ledger) => Later.after(time, 1, () => handle(page, ledger)),
    }),
  }
  const projector = startProjector(definitions[how], {
    store: { ...store, transactions },
    scheduler: time,
    retry,
    pageSize: 4,
    onError: (error, { attempt, event }) => told.push({ error, attempt, event }),
    ...options,
  })
  const telemetry: TelemetryEvent[] = []
  projector.telemetry$.subscribe((event) => telemetry.push(event))
  const position = record(projector.position$)
  const stored = () => store.positions.load('p')
  return { time, store, projector, pages, told, entries, commits, control, telemetry, position, stored }
}

describe('a page that fails', () => {
  test('is immediately handled again, event by event: all before the poison event are committed', () => {
    for (const how of ['process', 'processPage'] as const) {
      const { time, entries, commits, stored, told, position } = start(10, (ids) => ids.includes(7), how)
      time.runTo(0)
      expect([entries, commits, stored()]).toEqual([upTo(6), [4, 1, 1], 6])
      expect(position.values).toEqual([0, 4, 5, 6])
      expect(told.at(-1)).toMatchObject({ attempt: 1, event: { id: 7 }, error: { name: 'HandlerError' } })
      expect((told.at(-1)!.error as HandlerError).through).toBeUndefined()
    }
  })

  test('is reported once, with its events; the poison event alone is retried after a wait', () => {
    const { time, pages, told, telemetry } = start(10, (ids) => ids.includes(7), 'processPage')
    time.runTo(25)
    expect(pages).toEqual([[1, 2, 3, 4], [5, 6, 7, 8], [5], [6], [7], [7], [7]])
    expect(told.map(({ attempt, error }) => [attempt, (error as HandlerError).message])).toEqual([
      [0, 'the handler of "p" failed on events 5 to 8: poison'],
      [1, 'the handler of "p" failed on event 7 (Noted of a): poison'],
      [2, 'the handler of "p" failed on event 7 (Noted of a): poison'],
      [3, 'the handler of "p" failed on event 7 (Noted of a): poison'],
    ])
    expect(told[0]).toMatchObject({ event: { id: 5 }, error: { through: 8 } })
    expect(telemetry.filter(({ type }) => type === 'pageFailed')).toEqual([
      { projection: 'p', type: 'pageFailed', from: 5, through: 8, error: told[0]!.error },
    ])
    expect(telemetry.filter(({ type }) => type === 'retry')).toHaveLength(3)
  })

  test('is followed by whole pages again after its last event', () => {
    let failures = 2
    const { time, pages, entries } = start(14, (ids) => ids.includes(6) && failures-- > 0, 'processPage')
    time.runTo(20)
    expect(pages).toEqual([[1, 2, 3, 4], [5, 6, 7, 8], [5], [6], [6], [7], [8], [9], [10, 11, 12, 13], [14]])
    expect(entries).toEqual(upTo(14))
  })

  test('that succeeds event by event needs no wait, and is still reported', () => {
    const { time, entries, told } = start(4, (ids) => ids.length > 1, 'processPage')
    time.runTo(0)
    expect(entries).toEqual(upTo(4))
    expect(told).toMatchObject([{ attempt: 0, error: { through: 4 } }])
  })

  test('counts for none of its events: only a separate failure does', () => {
    const { time, projector, told, entries } = start(4, (ids) => ids.includes(3), 'processPage', { handlerFailures: 1 })
    const status = record(projector.status$)
    time.runTo(0)
    expect(entries).toEqual([1, 2])
    expect(status.values.at(-1)).toBe('faulted')
    expect(told).toMatchObject([
      { attempt: 0, error: { through: 4 } },
      { attempt: 1, event: { id: 3 } },
    ])
  })

  test('faults with the event whose failure is not retryable', () => {
    const permanent = Object.assign(new Error('never'), { retryable: false })
    const time = new VirtualTime()
    const store = storeWith(4)
    const { transactions, entries } = fakeTransactions(store.positions)
    const handled = defineProjector<Noted, Ledger>({
      name: 'p',
      processPage: (events, ledger) => {
        for (const { id } of events) {
          if (id === 3) throw permanent
          ledger.write(id)
        }
      },
    })
    const projector = startProjector(handled, { store: { ...store, transactions }, scheduler: time, retry })
    const position = record(projector.position$)
    time.runTo(0)
    expect(entries).toEqual([1, 2])
    expect(position.error).toMatchObject({ name: 'HandlerError', event: { id: 3 }, cause: permanent })
  })

  test('whose commit fails is also handled event by event: a database may check only then', () => {
    const { time, control, pages, entries, told } = start(3, () => false, 'processPage')
    control.failNextCommit = new Error('deferred constraint')
    time.runTo(0)
    expect([pages, entries]).toEqual([[[1, 2, 3], [1], [2], [3]], upTo(3)])
    expect(told).toMatchObject([{ attempt: 0, error: { message: 'deferred constraint' } }])
  })

  test('may be asynchronous', async () => {
    const { time, pages, entries, commits } = start(6, (ids) => ids.includes(3), 'slowly')
    await time.passTo(9)
    expect(pages).toEqual([[1, 2, 3, 4], [1], [2], [3]])
    expect([entries, commits]).toEqual([
      [1, 2],
      [1, 1],
    ])
  })

  test('during a stop is not handled again: the earlier events are kept', async () => {
    const { time, projector, pages, entries, told } = start(8, (ids) => ids.includes(6), 'slowly')
    await time.passTo(1)
    const stopped = projector.stop()
    await time.passTo(5)
    await stopped
    expect([pages, entries]).toEqual([
      [
        [1, 2, 3, 4],
        [5, 6, 7, 8],
      ],
      upTo(4),
    ])
    expect(told).toMatchObject([{ attempt: 0, error: { through: 8 } }])
  })

  test('because of the store stays a page: another process has moved the position', () => {
    const { time, control, pages, told } = start(3, () => false, 'processPage')
    control.failNextCommit = new PositionConflictError({ projector: 'p', expected: 0, actual: 1 })
    time.runTo(10)
    expect(pages).toEqual([upTo(3), upTo(3)])
    expect(told).toMatchObject([{ attempt: 1, error: { name: 'PositionConflictError' } }])
  })

  test('of one event counts as a failure of that event', () => {
    const { time, told } = start(1, () => true, 'processPage')
    time.runTo(0)
    expect(told).toMatchObject([{ attempt: 1, event: { id: 1 } }])
  })
})

describe('a page without transactions', () => {
  test.each(['at once', 'slowly'])('keeps the handled events (%s) before the failed one', async (how) => {
    const time = new VirtualTime()
    const store = storeWith(6)
    const handled: number[] = []
    let failures = 2
    const handle = (id: number): void => {
      if (id === 3 && failures-- > 0) throw new Error('poison')
      handled.push(id)
    }
    const process = ({ id }: LogEvent) => (how === 'slowly' ? Later.after(time, 0, () => handle(id)) : handle(id))
    const told: unknown[] = []
    startProjector(defineProjector<Noted>({ name: 'p', transaction: 'page', process }), {
      store,
      scheduler: time,
      retry,
      onError: (_error, { attempt, event }) => told.push([attempt, event?.id]),
    })
    await time.passTo(5)
    expect([handled, store.positions.load('p')]).toEqual([[1, 2], 2])
    await time.passTo(25)
    expect([handled, store.positions.load('p')]).toEqual([upTo(6), 6])
    expect(told).toEqual([
      [1, 3],
      [2, 3],
    ])
  })

  test('of processPage is handled again event by event: nobody knows how far it got', () => {
    const time = new VirtualTime()
    const store = storeWith(3)
    const pages: number[][] = []
    const processPage = (events: readonly LogEvent[]): void => {
      pages.push(events.map(({ id }) => id))
      if (events.some(({ id }) => id === 2)) throw new Error('poison')
    }
    startProjector(defineProjector<Noted>({ name: 'p', processPage }), { store, scheduler: time, retry })
    time.runTo(0)
    expect([pages, store.positions.load('p')]).toEqual([[upTo(3), [1], [2]], 1])
  })
})

describe('on SQLite', () => {
  test('a table has every event once, and only the poison event fails', () => {
    const time = new VirtualTime()
    const store = sqlite(':memory:', { synchronous: 'normal' })
    store.transactions.run(({ context: { db } }) => db.exec('CREATE TABLE seen (id INTEGER CHECK (id <> 6))'))
    append(store, 9)
    const told: unknown[] = []
    const seen = defineProjector<Noted, SqliteContext>({
      name: 'seen',
      processPage: (events, { db }) => {
        const insert = db.prepare('INSERT INTO seen VALUES (?)')
        for (const { id } of events) insert.run(id)
      },
    })
    startProjector(seen, { store, scheduler: time, retry, handlerFailures: 2, onError: (error) => told.push(error) })
    time.runTo(10)
    store.transactions.run(({ context: { db } }) => {
      expect(
        db
          .prepare('SELECT id FROM seen ORDER BY rowid')
          .all()
          .map(({ id }) => id),
      ).toEqual(upTo(5))
    })
    expect(told.map((error) => (error as HandlerError).message)).toEqual([
      'the handler of "seen" failed on events 1 to 9: CHECK constraint failed: id <> 6',
      'the handler of "seen" failed on event 6 (Noted of a): CHECK constraint failed: id <> 6',
      'the handler of "seen" failed on event 6 (Noted of a): CHECK constraint failed: id <> 6',
    ])
  })
})
