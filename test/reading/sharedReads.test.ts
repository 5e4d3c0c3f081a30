import type { LogHole, ReadOptions } from 'rx-projection'
import { followLog } from 'rx-projection/operators'
import { Subject } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { freshRead } from '../../src/reading/freshRead.ts'
import { sharedReader } from '../../src/reading/PageCache.ts'
import { promises, VirtualTime } from '../runtime/support/VirtualTime.ts'
import { record } from '../support/record.ts'
import { event, idsOf, pageOf, quickLog, slowLog } from './support/logs.ts'

describe('a read that several wait for', () => {
  test('ends for the one that gives it up, and goes on for the others; nobody joins it any more', async () => {
    const { log, asked } = slowLog()
    const events = sharedReader(log)
    const leaving = new AbortController()
    const left = Promise.allSettled([events.read({ after: 0, limit: 1, signal: leaving.signal })])
    const waiting = [
      events.read({ after: 0, limit: 1, signal: new AbortController().signal }),
      events.read({ after: 0, limit: 1 }),
    ]
    leaving.abort('enough')
    expect(await left).toEqual([{ status: 'rejected', reason: 'enough' }])
    expect(asked[0]!.signal?.aborted).toBe(false)
    void events.read({ after: 0, limit: 1 })
    await promises()
    expect(asked).toHaveLength(2)
    asked[0]!.answer(pageOf([event(1)], 1, 2))
    expect((await Promise.all(waiting)).map(idsOf)).toEqual([[1], [1]])
    // Its end closes no other read.
    void events.read({ after: 0, limit: 1 })
    await promises()
    expect(asked).toHaveLength(2)
  })

  test('is aborted when all have given it up', async () => {
    const { log, asked } = slowLog()
    const events = sharedReader(log)
    const leaving = [new AbortController(), new AbortController()]
    const left = Promise.allSettled(leaving.map(({ signal }) => events.read({ after: 0, limit: 1, signal })))
    leaving[0]!.abort()
    expect(asked[0]!.signal?.aborted).toBe(false)
    leaving[1]!.abort('too late')
    expect([asked.length, asked[0]!.signal?.aborted, asked[0]!.signal?.reason]).toEqual([1, true, 'too late'])
    await left
  })

  test('is not begun when all have given it up before', async () => {
    const { log, asked } = slowLog()
    const events = sharedReader(log)
    const first = events.read({ after: 0, limit: 1 })
    asked[0]!.answer(pageOf([event(1)], 1, 9))
    await first
    const leaving = new AbortController()
    const left = Promise.allSettled([
      events.read({ after: 1, limit: 1, signal: leaving.signal }),
      events.read({ after: 1, limit: 1, signal: AbortSignal.abort() }),
    ])
    leaving.abort()
    expect(await left).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }])
    expect(asked).toHaveLength(1)
  })

  test('is retried by all, each within its time', async () => {
    const time = new VirtualTime()
    const { log, asked } = slowLog()
    const events = sharedReader(log, time)
    const following = [0, 1].map(() => record(followLog({ events }, { readTimeout: 200 }, time)))
    await time.passTo(200)
    expect(following.map(({ error }) => (error as Error).name)).toEqual(['TimeoutError', 'TimeoutError'])
    const again = record(followLog({ events }, {}, time))
    await promises()
    expect(asked).toHaveLength(2)
    asked[1]!.answer(pageOf([event(1)], 1, 1))
    await promises()
    expect(again.values).toMatchObject([[{ id: 1 }]])
    again.subscription.unsubscribe()
  })

  test('fails for all of them, and the next read is a new one', async () => {
    const { log, asked } = slowLog()
    const events = sharedReader(log)
    const all = Promise.allSettled([1, 2, 3].map(() => events.read({ after: 1, limit: 1 })))
    asked[0]!.fail('out of reach')
    const failed = { status: 'rejected', reason: 'out of reach' }
    expect(await all).toEqual([failed, failed, failed])
    const next = events.read({ after: 1, limit: 1 })
    await promises()
    asked[1]!.answer(pageOf([event(2)], 2, 2))
    expect(idsOf(await next)).toEqual([2])
  })

  test('fails for all of them also where the log throws, in a turn that they waited for', async () => {
    const time = new VirtualTime()
    let reads = 0
    const { read } = quickLog(100)
    const events = sharedReader(
      {
        read: (options) => {
          if (++reads === 2) throw new Error('out of reach')
          return read(options)
        },
      },
      time,
    )
    void events.read({ after: 0, limit: 2 })
    const both = Promise.allSettled([1, 2].map(() => events.read({ after: 2, limit: 2 })))
    await time.passTo(0)
    expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    const next = events.read({ after: 2, limit: 2 })
    await time.passTo(1)
    expect(idsOf(await next)).toEqual([3, 4])
  })

  test('fails for all of them where the answer is no page', async () => {
    const { log, asked } = slowLog()
    const events = sharedReader(log)
    const both = Promise.allSettled([1, 2].map(() => events.read({ after: 1, limit: 1 })))
    asked[0]!.answer(undefined as never)
    const failed = { status: 'rejected', reason: { name: 'InvalidPageError' } }
    expect(await both).toMatchObject([failed, failed])
  })

  test('asks for as many events as the one that wants most, and gives each what it wants', async () => {
    const { log, asked } = slowLog()
    const events = sharedReader(log)
    const first = events.read({ after: 0, limit: 1 })
    // This one had begun, for fewer.
    const more = events.read({ after: 0, limit: 2 })
    await promises()
    asked[0]!.answer(pageOf([event(1)], 1, 9))
    asked[1]!.answer(pageOf([event(1), event(2)], 2, 9))
    expect((await Promise.all([first, more])).map(idsOf)).toEqual([[1], [1, 2]])
    const both = [events.read({ after: 2, limit: 1 }), events.read({ after: 2, limit: 3 })]
    await promises()
    expect(asked.map(({ limit }) => limit)).toEqual([1, 2, 3])
    asked[2]!.answer(pageOf([event(3), event(4), event(5)], 5, 9))
    expect((await Promise.all(both)).map(idsOf)).toEqual([[3], [3, 4, 5]])
  })
})

describe('holes', () => {
  const hole = (from: number, to: number): LogHole => ({ from, to, reason: 'deleted' })

  /** Reads, and gives what it was told of holes beside the page. */
  const reading = (told: LogHole[][]) => (options: ReadOptions) => {
    const holes: LogHole[] = []
    told.push(holes)
    return { ...options, onHole: (one: LogHole) => void holes.push(one) }
  }

  test('are told to all who wait for a page, to those who get it later, and to each those of its part', async () => {
    const { log, asked } = slowLog()
    const events = sharedReader(log)
    const told: LogHole[][] = []
    const listening = reading(told)
    const both = [0, 0].map((after) => events.read(listening({ after, limit: 9 })))
    asked[0]!.onHole!(hole(1, 2))
    asked[0]!.onHole!(hole(4, 6))
    asked[0]!.answer(pageOf([event(3), event(7, { previous: 3 }), event(8)], 8, 9))
    await Promise.all(both)
    for (const after of [0, 3, 4, 6]) await events.read(listening({ after, limit: 9 }))
    await events.read(listening({ after: 0, limit: 1 }))
    expect(told).toEqual([
      [hole(1, 2), hole(4, 6)],
      [hole(1, 2), hole(4, 6)],
      [hole(1, 2), hole(4, 6)],
      [hole(4, 6)],
      [hole(5, 6)],
      [],
      [hole(1, 2)],
    ])
    expect(asked).toHaveLength(1)
  })

  test('of pages that are given out as one are told, too', async () => {
    const pages = [pageOf([event(1), event(3, { previous: 1 })], 3, 9), pageOf([event(5, { previous: 3 })], 5, 9)]
    const events = sharedReader({
      read: ({ after, onHole }) => {
        onHole?.(after === 0 ? hole(2, 2) : hole(4, 4))
        return pages[after === 0 ? 0 : 1]!
      },
    })
    await events.read({ after: 3, limit: 9 })
    await events.read({ after: 0, limit: 2 })
    const told: LogHole[][] = []
    expect(idsOf(await events.read(reading(told)({ after: 0, limit: 9 })))).toEqual([1, 3, 5])
    expect(told).toEqual([[hole(2, 2), hole(4, 4)]])
  })

  test('are told before a read fails because of them, to all who wait', async () => {
    const { log, asked } = slowLog()
    const events = sharedReader(log)
    const told: LogHole[][] = []
    const both = Promise.allSettled([1, 2].map(() => events.read(reading(told)({ after: 0, limit: 9 }))))
    asked[0]!.onHole!(hole(1, 2))
    asked[0]!.fail('missing')
    await both
    expect(told).toEqual([[hole(1, 2)], [hole(1, 2)]])
    let lost = 0
    const throwing = sharedReader({
      read: ({ onHole }) => {
        onHole?.(hole(1, 2))
        throw new Error('missing')
      },
    })
    expect(() => throwing.read({ after: 0, limit: 9, onHole: () => lost++ })).toThrow('missing')
    expect(lost).toBe(1)
  })
})

describe('a read whose head has to be new', () => {
  test('is no page that is kept, and joins no read that has begun', async () => {
    const { log, asked } = slowLog()
    const events = sharedReader(log)
    const first = events.read({ after: 0, limit: 2 })
    void events.read(freshRead({ after: 0, limit: 2 }))
    await promises()
    expect(asked).toHaveLength(2)
    asked[0]!.answer(pageOf([event(1)], 1, 9))
    asked[1]!.answer(pageOf([event(1)], 1, 9))
    await first
    const fresh = events.read(freshRead({ after: 0, limit: 2 }))
    const joins = events.read(freshRead({ after: 0, limit: 2 }))
    await promises()
    expect(asked).toHaveLength(3)
    asked[2]!.answer(pageOf([event(1)], 1, 12))
    expect([await fresh, await joins]).toMatchObject([{ head: 12 }, { head: 12 }])
  })

  test('is none that was read for the hint that is given out', () => {
    const hints$ = new Subject<void>()
    const { read, asked } = quickLog(7)
    const events = sharedReader({ read, hints$ })
    for (const _ of [1, 2]) events.hints$!.subscribe(() => void events.read(freshRead({ after: 7, limit: 9 })))
    hints$.next()
    expect(asked).toHaveLength(2)
  })
})
