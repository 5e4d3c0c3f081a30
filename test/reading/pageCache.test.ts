import type { ReadOptions } from 'rx-projection'
import { Subject } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { sharedReader } from '../../src/reading/PageCache.ts'
import { promises, VirtualTime } from '../runtime/support/VirtualTime.ts'
import { event, idsOf, pageOf, quickLog, slowLog } from './support/logs.ts'

describe('readers of one cache', () => {
  test('read a page of history once, also from within it', async () => {
    const time = new VirtualTime()
    const { read, asked } = quickLog(100)
    const events = sharedReader({ read }, time)
    expect(idsOf(await events.read({ after: 0, limit: 3 }))).toEqual([1, 2, 3])
    expect(idsOf(await events.read({ after: 1, limit: 3 }))).toEqual([2, 3])
    const both = [events.read({ after: 3, limit: 3 }), events.read({ after: 3, limit: 3 })]
    await time.passTo(0)
    expect((await Promise.all(both)).map(idsOf)).toEqual([
      [4, 5, 6],
      [4, 5, 6],
    ])
    expect(asked.map(({ after }) => after)).toEqual([0, 3])
  })

  test('get the very same events', async () => {
    const { read } = quickLog(100)
    const events = sharedReader({ read }, new VirtualTime())
    const [first, second] = [await events.read({ after: 0, limit: 3 }), await events.read({ after: 0, limit: 3 })]
    expect(second.events).toBe(first.events)
  })

  test('go on without waiting when nobody keeps them company', async () => {
    const time = new VirtualTime()
    const { read, asked } = quickLog(100)
    const events = sharedReader({ read }, time)
    for (const after of [0, 3, 6, 9, 12]) {
      const page = events.read({ after, limit: 3 })
      await time.passTo(time.frame)
      expect(idsOf(await page)[0]).toBe(after + 1)
    }
    expect(events.read({ after: 15, limit: 3 })).toMatchObject({ through: 18 })
    expect(asked).toHaveLength(6)
  })

  test('wait for each other again when another reader comes', () => {
    const time = new VirtualTime()
    const { read } = quickLog(100)
    const events = sharedReader({ read, hints$: new Subject() }, time)
    for (const after of [0, 3, 6, 9, 12]) {
      void events.read({ after, limit: 3 })
      time.runNow()
    }
    events.hints$!.subscribe()
    expect(events.read({ after: 15, limit: 3 })).toBeInstanceOf(Promise)
  })

  test('wait for each other again when a page was of use to another one', () => {
    const time = new VirtualTime()
    const { read } = quickLog(100)
    const events = sharedReader({ read }, time)
    for (const after of [0, 3, 6, 9, 12]) {
      void events.read({ after, limit: 3 })
      time.runNow()
    }
    expect(events.read({ after: 9, limit: 3 })).toMatchObject({ through: 12 })
    expect(events.read({ after: 15, limit: 3 })).toBeInstanceOf(Promise)
  })

  test('read for themselves where they are far behind', () => {
    const { read, asked } = quickLog(100_000)
    const events = sharedReader({ read }, new VirtualTime())
    void events.read({ after: 90_000, limit: 10 })
    expect(events.read({ after: 0, limit: 10 })).toMatchObject({ through: 10, head: 100_000 })
    expect(asked.map(({ after }) => after)).toEqual([90_000, 0])
  })

  test('read again where the read that they joined had begun, and ended at the head', async () => {
    const { log, asked } = slowLog()
    const events = sharedReader(log)
    const first = events.read({ after: 1, limit: 9 })
    const joined = events.read({ after: 1, limit: 9 })
    asked[0]!.answer(pageOf([event(2)], 2, 2))
    expect(idsOf(await first)).toEqual([2])
    await promises()
    expect(asked.map(({ after }) => after)).toEqual([1, 1])
    asked[1]!.answer(pageOf([event(2), event(3)], 3, 3))
    expect(idsOf(await joined)).toEqual([2, 3])
  })

  test('read again where the read that they joined had begun, and ended before something undecided', async () => {
    const { log, asked } = slowLog()
    const events = sharedReader(log)
    const first = events.read({ after: 0, limit: 9 })
    // The hint that it was decided came while the first read was on its way.
    const joined = events.read({ after: 0, limit: 9 })
    asked[0]!.answer(pageOf([], 0, 2))
    await first
    await promises()
    expect(asked.length).toBe(2)
    asked[1]!.answer(pageOf([event(1), event(2)], 2, 2))
    expect(idsOf(await joined)).toEqual([1, 2])
  })

  test('read once at the head, where they ask before the log is asked', async () => {
    const { log, asked } = slowLog()
    const events = sharedReader(log)
    const begin = events.read({ after: 0, limit: 9 })
    asked[0]!.answer(pageOf([], 0, 0))
    await begin
    const both = [events.read({ after: 0, limit: 9 }), events.read({ after: 0, limit: 9 })]
    await promises()
    expect(asked.length).toBe(2)
    asked[1]!.answer(pageOf([event(1), event(2)], 2, 2))
    expect((await Promise.all(both)).map(idsOf)).toEqual([
      [1, 2],
      [1, 2],
    ])
  })

  test('read once where they are given one hint by a log that answers immediately', async () => {
    const hints$ = new Subject<void>()
    const { read, asked, log } = quickLog(0)
    const events = sharedReader({ read, hints$ })
    const shown: unknown[] = []
    for (const after of [0, 0, 1]) events.hints$!.subscribe(() => shown.push(events.read({ after, limit: 9 })))
    log.head = 2
    hints$.next()
    expect(shown.map((page) => idsOf(page as never))).toEqual([[1, 2], [1, 2], [2]])
    expect(asked).toHaveLength(1)
    log.head = 3
    expect(idsOf(await events.read({ after: 0, limit: 9 }))).toEqual([1, 2, 3])
  })

  test('that are given one hint get what they ask for, whatever streams the others want', () => {
    const hints$ = new Subject<void>()
    const { read, asked } = quickLog(7)
    const events = sharedReader({ read, hints$ })
    for (const streams of [['a'], ['b']])
      events.hints$!.subscribe(() => void events.read({ after: 0, limit: 9, streams }))
    hints$.next()
    expect(asked.map(({ streams }) => streams)).toEqual([['a'], ['b']])
  })

  test('read once also where there is nothing new after a hint', () => {
    const hints$ = new Subject<void>()
    const { read, asked } = quickLog(7)
    const events = sharedReader({ read, hints$ })
    for (const _ of [1, 2]) events.hints$!.subscribe(() => void events.read({ after: 7, limit: 9 }))
    hints$.next()
    expect(asked).toHaveLength(1)
    hints$.next()
    expect(asked).toHaveLength(2)
  })

  test('are handed pages of the head later, too, as one, and hear that there is more by now', async () => {
    const { read, asked, log } = quickLog(0)
    const events = sharedReader({ read })
    for (log.head = 1; log.head < 3; log.head++) void events.read({ after: log.head - 1, limit: 9 })
    void events.read({ after: 2, limit: 9 })
    const late = await events.read({ after: 0, limit: 9 })
    expect([idsOf(late), late]).toMatchObject([[1, 2], { through: 2, head: 3 }])
    expect(asked).toHaveLength(3)
    // Whether the last one still ends at the head is for the log to say.
    expect(events.read({ after: 2, limit: 9 })).toMatchObject({ through: 3, head: 3 })
    expect(asked).toHaveLength(4)
  })

  test('may ask for other streams, and are given those alone', async () => {
    const asked: ReadOptions[] = []
    const read = (options: ReadOptions) => {
      asked.push(options)
      const [stream] = options.streams ?? ['all']
      return pageOf([event(options.after + 1, { stream: stream! })], options.after + 1, 100)
    }
    const events = sharedReader({ read }, new VirtualTime())
    const streams = ['b', 'c']
    const all = [undefined, streams, ['b', 'c'], ['c', 'b'], undefined]
    const pages = await Promise.all(
      all.map((some) => events.read({ after: 0, limit: 2, ...(some && { streams: some }) })),
    )
    expect(pages.map((page) => (page.events[0] as { stream: string }).stream)).toEqual(['all', 'b', 'b', 'c', 'all'])
    expect(asked.map(({ streams }) => streams)).toEqual([undefined, ['b', 'c'], ['c', 'b']])
    streams[0] = 'x'
    expect((await events.read({ after: 0, limit: 2, streams })).events).toMatchObject([{ stream: 'x' }])
  })

  test('ask the log itself whether it is still the same, and where it ends', async () => {
    const { read, asked, log } = quickLog(100)
    const whole = { read }
    const events = sharedReader({ read })
    void events.read({ after: 0, limit: 9 })
    void events.whole.read({ after: 0, limit: 1 })
    expect(await events.head()).toBe(100)
    log.head = 120
    expect(await events.head()).toBe(120)
    expect(await events.head()).toBe(120)
    expect(asked.map(({ after }) => after)).toEqual([0, 0, 100, 100, 120])
    expect(sharedReader({ read: () => pageOf([], 0, 0), whole }).whole).toBe(whole)
  })

  test('get the hints of the log; where it has none there are none', () => {
    const { read } = quickLog(1)
    const [hints$, reconnects$] = [new Subject<string>(), new Subject<string>()]
    const events = sharedReader({ read, hints$, reconnects$ })
    const heard: unknown[] = []
    events.hints$!.subscribe({ next: (hint) => heard.push(hint), complete: () => heard.push('end') })
    events.reconnects$!.subscribe({ next: (hint) => heard.push(hint), error: (error) => heard.push(error) })
    hints$.next('hint')
    reconnects$.next('connected')
    hints$.complete()
    reconnects$.error('cut')
    expect(heard).toEqual(['hint', 'connected', 'end', 'cut'])
    const without = sharedReader({ read })
    expect([without.hints$, without.reconnects$]).toEqual([undefined, undefined])
  })
})
