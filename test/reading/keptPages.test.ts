import { Subject } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { freshRead } from '../../src/reading/freshRead.ts'
import { sharedReader } from '../../src/reading/PageCache.ts'
import { VirtualTime } from '../runtime/support/VirtualTime.ts'
import { event, idsOf, pageOf, quickLog, slowLog, upTo } from './support/logs.ts'

/** A cache of a log, and where the log was asked. */
function cacheOf(head: number) {
  const { read, asked, log } = quickLog(head)
  const time = new VirtualTime()
  const events = sharedReader({ read }, time)
  const readAt = async (after: number, limit: number) => {
    const page = events.read({ after, limit })
    await time.passTo(time.frame)
    return page
  }
  const fresh = (after: number, limit: number) => events.read(freshRead({ after, limit }))
  return { readAt, fresh, asked: () => asked.map(({ after }) => after), log }
}

describe('the pages that are kept', () => {
  test('hold 4096 events at the most, the newest', async () => {
    const { readAt, asked } = cacheOf(100_000)
    for (const after of [0, 1_024, 2_048, 3_072, 4_096]) await readAt(after, 1_024)
    await readAt(1_024, 1_024)
    expect(asked()).toHaveLength(5)
    await readAt(0, 1_024)
    expect(asked().slice(5)).toEqual([0])
  })

  test('are not displaced by one that was read once more', async () => {
    const { readAt, asked, fresh } = cacheOf(100_000)
    for (const after of [0, 1_024, 2_048, 3_072]) await readAt(after, 1_024)
    await fresh(3_072, 1_024)
    await readAt(0, 1_024)
    expect(asked()).toEqual([0, 1_024, 2_048, 3_072, 3_072])
  })

  test('are 64 at the most, however small', async () => {
    const { readAt, asked, log } = cacheOf(0)
    for (log.head = 1; log.head <= 65; log.head++) await readAt(log.head - 1, 10)
    log.head = 65
    await readAt(1, 1)
    expect(asked()).toHaveLength(65)
    await readAt(0, 1)
    expect(asked()).toHaveLength(66)
  })

  test('hold the newest page whatever its size', async () => {
    const { readAt, asked } = cacheOf(100_000)
    await readAt(0, 10_000)
    expect((await readAt(9_000, 10_000)).through).toBe(10_000)
    expect(asked()).toEqual([0])
  })

  test('give a reader no more events than it asks for', async () => {
    const { readAt } = cacheOf(100)
    await readAt(0, 10)
    const page = await readAt(2, 3)
    expect([idsOf(page), page]).toMatchObject([[3, 4, 5], { through: 5, head: 100 }])
  })

  test('are given out as one page where they follow each other, up to what is asked for', async () => {
    const { readAt, asked } = cacheOf(100)
    for (const after of [0, 3, 6, 9]) await readAt(after, 3)
    expect(idsOf(await readAt(1, 7))).toEqual(upTo(8, 2))
    expect(idsOf(await readAt(1, 50))).toEqual(upTo(12, 2))
    expect(asked()).toHaveLength(4)
  })

  test('are no page of one where nothing stood at the end of the first: the next is linked to that end', async () => {
    const pages = [pageOf([event(1), event(2)], 3, 9), pageOf([event(4, { previous: 3 })], 4, 9)]
    const events = sharedReader({ read: ({ after }) => pages[after === 0 ? 0 : 1]! })
    void events.read({ after: 0, limit: 9 })
    await events.read({ after: 3, limit: 9 })
    expect(await events.read({ after: 0, limit: 9 })).toMatchObject({ through: 3 })
  })

  test('are none that was asked for with a single event: that is how one looks, and not how one reads', async () => {
    const { readAt, asked } = cacheOf(100)
    await readAt(0, 1)
    await readAt(0, 1)
    expect((await readAt(0, 2)).through).toBe(2)
    expect(asked()).toHaveLength(3)
  })

  test('are forgotten when the log has been cut short', async () => {
    let page = pageOf([event(1), event(2)], 2, 9)
    const events = sharedReader({ read: () => page })
    void events.read({ after: 0, limit: 2 })
    page = pageOf([], 1, 1)
    expect(await events.read({ after: 8, limit: 2 })).toMatchObject({ events: [], through: 8, head: 1 })
    page = pageOf([event(1, { payload: 'other' })], 1, 1)
    expect((await events.read({ after: 0, limit: 2 })).events).toMatchObject([{ payload: 'other' }])
  })

  test('hold nothing that was asked of the log before it was cut short', async () => {
    const { log, asked } = slowLog()
    const events = sharedReader(log, new VirtualTime())
    const pages = [events.read({ after: 0, limit: 2 })]
    asked[0]!.answer(pageOf([event(1)], 1, 9))
    await pages[0]
    pages.push(events.read({ after: 1, limit: 2 }), events.read({ after: 5, limit: 2 }))
    await Promise.resolve()
    asked[2]!.answer(pageOf([event(6)], 6, 6))
    await pages[2]
    asked[1]!.answer(pageOf([event(2)], 2, 9))
    await pages[1]
    void events.read({ after: 1, limit: 2 })
    await Promise.resolve()
    expect(asked.map(({ after }) => after)).toEqual([0, 1, 5, 1])
  })

  test('are forgotten when the connection was lost: what is read then is of the log that is there', async () => {
    const reconnects$ = new Subject<void>()
    let payload = 'old'
    const read = () => pageOf([event(1, { payload })], 1, 9)
    const events = sharedReader({ read, reconnects$ }, new VirtualTime())
    const payloadRead = async () =>
      ((await events.read({ after: 0, limit: 2 })).events[0] as { payload: string }).payload
    const listening = [events.reconnects$!.subscribe(), events.reconnects$!.subscribe()]
    expect(await payloadRead()).toBe('old')
    payload = 'new'
    expect(await payloadRead()).toBe('old')
    reconnects$.next()
    expect(await payloadRead()).toBe('new')
    // Without anybody who listens, nobody would notice.
    for (const subscription of listening) subscription.unsubscribe()
    for (payload of ['newer', 'newest']) expect(await payloadRead()).toBe(payload)
    payload = 'last'
    events.reconnects$!.subscribe()
    expect(await payloadRead()).toBe('last')
  })

  test('hold nothing that was asked for before the connection was lost, and nobody joins it', async () => {
    const { log, asked } = slowLog()
    const reconnects$ = new Subject<void>()
    const events = sharedReader({ ...log, reconnects$ })
    events.reconnects$!.subscribe()
    const before = events.read({ after: 0, limit: 2 })
    reconnects$.next()
    const joins = events.read({ after: 0, limit: 2 })
    await Promise.resolve()
    expect(asked).toHaveLength(2)
    asked[0]!.answer(pageOf([event(1, { payload: 'old' })], 1, 9))
    await before
    asked[1]!.answer(pageOf([event(1, { payload: 'new' })], 1, 9))
    expect((await joins).events).toMatchObject([{ payload: 'new' }])
    expect((await events.read({ after: 0, limit: 2 })).events).toMatchObject([{ payload: 'new' }])
  })

  test('hold nothing that was asked for before anybody listened for a lost connection', async () => {
    const { log, asked } = slowLog()
    const events = sharedReader({ ...log, reconnects$: new Subject<void>() })
    const before = events.read({ after: 0, limit: 2 })
    events.reconnects$!.subscribe()
    asked[0]!.answer(pageOf([event(1)], 1, 9))
    await before
    void events.read({ after: 0, limit: 2 })
    await Promise.resolve()
    expect(asked).toHaveLength(2)
  })
})
