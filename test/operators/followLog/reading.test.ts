import { followLog, type LogEvent, type LogPage, type ReadOptions } from 'rx-projection/operators'
import { batchesOf, eventsOf, marbles } from 'rx-projection/testing'
import { VirtualTimeScheduler } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { controlled, promises } from '../../support/controlled.ts'
import { record } from '../../support/record.ts'
import { still, TestLog } from '../../support/TestLog.ts'

const events = eventsOf('abcdefgh')
const { a, b, c, d } = events
const pages = batchesOf(events, { a: 'a', b: 'b', c: 'c', z: 'bc' })

/** A log whose reads are answered by the test: with what it holds at that moment, or with an error. */
function slowLog(...held: readonly LogEvent[]) {
  const log = new TestLog(...held)
  const read = controlled<[options: ReadOptions], LogPage>()
  log.read = read
  return {
    log,
    reads: read.calls,
    answer: (index = read.calls.length - 1) => {
      const { args, resolve } = read.calls[index]!
      return resolve(log.pageOf(args[0]))
    },
  }
}

describe('followLog reads', () => {
  it('each page from the end of the last one, until it is at the head', () => {
    const log = new TestLog(a, b, c, d)
    const { values, subscription } = record(followLog(log, { pageSize: 2 }, still()))
    expect(values).toStrictEqual([
      [a, b],
      [c, d],
    ])
    expect(log.reads.map(({ after }) => after)).toEqual([0, 2])
    subscription.unsubscribe()
  })

  it('from after a position', () => {
    const log = new TestLog(a, b, c)
    const { values, subscription } = record(followLog(log, { after: 2 }, still()))
    expect(values).toStrictEqual([[c]])
    subscription.unsubscribe()
  })

  it('a long log in a loop, never recursively', () => {
    const log = new TestLog()
    log.read = ({ after }) => ({ events: [{ ...a, id: after + 1 }], through: after + 1, head: 20_000 })
    let read = 0
    const clock = new VirtualTimeScheduler()
    followLog(log, {}, clock)
      .subscribe(() => read++)
      .unsubscribe()
    expect(read).toBe(20_000)
  })

  it(
    'again every catchUpAfter ms, if a hint was lost; each read restarts the time',
    marbles((m) => {
      const log = new TestLog(a)
      m.hot('    --b-----', events).subscribe((event) => log.append(event))
      m.hot('    ----c---', events).subscribe((event) => log.put(event))
      const unsub = '^-----------------!'
      const expected = 'a-b----c----------'
      m.expect(followLog(log, { catchUpAfter: 5 }), unsub).toBeObservable(expected, pages)
      m.flush()
      expect(log.reads.map(({ after }) => after)).toEqual([0, 1, 2, 3, 3])
    }),
  )

  it('with one timer, however many hints arrive: for the next poll, or for the answer of a read', async () => {
    const clock = new VirtualTimeScheduler()
    const { log, reads, answer } = slowLog(a)
    const { subscription } = record(followLog(log, { catchUpAfter: 1_000, readTimeout: 200 }, clock))
    const timers = () => clock.actions.map(({ delay }) => delay)
    expect(timers()).toEqual([200])
    await answer()
    expect(timers()).toEqual([1_000])
    log.hints$.next('news')
    expect(timers()).toEqual([200])
    await answer()
    for (let hint = 0; hint < 5; hint++) {
      log.hints$.next('news')
      await answer()
    }
    expect(timers()).toEqual([1_000])
    expect(reads).toHaveLength(7)
    subscription.unsubscribe()
    expect(timers()).toEqual([])
  })

  it('works without hints: polling alone finds new events', () => {
    const clock = new VirtualTimeScheduler()
    const log = new TestLog(a)
    const { values, subscription } = record(
      followLog({ events: { read: (options) => log.read(options) } }, { catchUpAfter: 10 }, clock),
    )
    log.append(b)
    expect(values).toHaveLength(1)
    clock.maxFrames = 10
    clock.flush()
    expect(values).toStrictEqual([[a], [b]])
    subscription.unsubscribe()
  })

  it('subscribes to hints before the first read: it misses no event in between', () => {
    const log = new TestLog(a)
    const read = log.read.bind(log)
    log.read = (options) => {
      const page = read(options)
      if (log.reads.length === 1) log.append(b)
      return page
    }
    const { values, subscription } = record(followLog(log, {}, still()))
    expect(values).toStrictEqual([[a], [b]])
    subscription.unsubscribe()
  })
})

describe('followLog over a store that answers with promises', () => {
  it('reads one page at a time, and emits them in order', async () => {
    const { log, reads, answer } = slowLog(a, b, c)
    const { values, subscription } = record(followLog(log, { pageSize: 2 }, still()))
    expect(reads).toHaveLength(1)
    await answer()
    expect(values).toStrictEqual([[a, b]])
    expect(reads).toHaveLength(2)
    await answer()
    expect(values).toStrictEqual([[a, b], [c]])
    expect(reads).toHaveLength(2)
    subscription.unsubscribe()
  })

  it('remembers a hint that arrives during a read, and reads again', async () => {
    const { log, reads, answer } = slowLog(a)
    const { values, subscription } = record(followLog(log, {}, still()))
    const page = log.pageOf(reads[0]!.args[0])
    log.append(b)
    log.append(c)
    expect(reads).toHaveLength(1)
    await reads[0]!.resolve(page as LogPage)
    expect(values).toStrictEqual([[a]])
    expect(reads).toHaveLength(2)
    await answer()
    expect(values).toStrictEqual([[a], [b, c]])
    expect(reads).toHaveLength(2)
    subscription.unsubscribe()
  })

  it('passes on a rejection, and unsubscribes from the hints', async () => {
    const { log, reads } = slowLog(a)
    const recorded = record(followLog(log, {}, still()))
    await reads[0]!.reject(new Error('no connection'))
    expect(recorded).toMatchObject({ values: [], error: new Error('no connection') })
    expect(log.hints$.observed).toBe(false)
  })

  it('aborts a read in progress when it is unsubscribed, and ignores its answer', async () => {
    const { log, reads, answer } = slowLog(a)
    const { values, subscription } = record(followLog(log, {}, still()))
    const { signal } = reads[0]!.args[0]
    expect(signal?.aborted).toBe(false)
    subscription.unsubscribe()
    expect(signal?.aborted).toBe(true)
    await answer()
    expect(values).toEqual([])
    expect(reads).toHaveLength(1)
  })

  it('ignores a read that fails after the unsubscription', async () => {
    const { log, reads } = slowLog(a)
    const recorded = record(followLog(log, {}, still()))
    recorded.subscription.unsubscribe()
    await reads[0]!.reject(recorded.subscription)
    expect(recorded.failed).toBe(false)
  })

  it('stops under take-like unsubscription from within a page', async () => {
    const { log, reads, answer } = slowLog(a, b)
    const values: unknown[] = []
    const following = followLog(log, { pageSize: 1 }, still()).subscribe((page) => {
      values.push(page)
      following.unsubscribe()
    })
    await answer()
    expect(values).toStrictEqual([[a]])
    expect(reads).toHaveLength(1)
  })
})

describe('followLog over a store that answers with custom promises', () => {
  /** A promise that calls back while it is asked. */
  const now = <T>(value: T): PromiseLike<T> => ({
    // biome-ignore lint/suspicious/noThenProperty: what is tested
    then: (onValue) => {
      onValue?.(value)
      return new Promise(() => undefined)
    },
  })

  it('also reads in a loop', () => {
    const log = new TestLog()
    log.read = ({ after }) => now({ events: [{ ...a, id: after + 1 }], through: after + 1, head: 20_000 })
    let read = 0
    followLog(log, {}, new VirtualTimeScheduler())
      .subscribe(() => read++)
      .unsubscribe()
    expect(read).toBe(20_000)
  })

  it('errors if the promise throws', () => {
    const log = new TestLog(a)
    const broken = () => {
      throw new Error('broken')
    }
    // biome-ignore lint/suspicious/noThenProperty: what is tested
    log.read = () => ({ then: broken }) as never
    expect(record(followLog(log, {}, still())).error).toEqual(new Error('broken'))
  })

  it('also accepts a late answer', async () => {
    const log = new TestLog(a)
    const { promise, resolve } = Promise.withResolvers<LogPage>()
    log.read = (options) => {
      log.reads.push(options)
      return log.reads.length === 1 ? promise : log.pageOf(options)
    }
    const { values, subscription } = record(followLog(log, {}, still()))
    resolve({ events: [a as never], through: 1, head: 1 })
    await promises()
    log.append(b)
    expect(values).toStrictEqual([[a], [b]])
    subscription.unsubscribe()
  })
})
