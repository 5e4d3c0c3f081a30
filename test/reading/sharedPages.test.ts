import type { EventReader, LogPage, ReadOptions } from 'rx-projection'
import { partitionOf } from 'rx-projection'
import { Subject } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { SharedPages } from '../../src/reading/SharedPages.ts'
import { promises, VirtualTime } from '../runtime/support/VirtualTime.ts'

const streamOf = (partition: number): string =>
  Array.from({ length: 50 }, (_, n) => `s${n}`).find((name) => partitionOf(name, 2) === partition)!

const event = (id: number, partition: number, more: object = {}) => ({
  id,
  stream: streamOf(partition),
  type: 'Noted',
  payload: 1,
  ...more,
})

const pageOf = (events: readonly object[], through: number, head: number) =>
  ({ events, through, head }) as unknown as LogPage

const links = (page: unknown) =>
  (page as { events: { id: number; previous: number }[] }).events.map(({ id, previous }) => [previous, id])

/** A log whose reads wait to be answered. */
function slowLog() {
  const asked: (ReadOptions & { answer: (page: LogPage) => void })[] = []
  const log: EventReader = {
    read: (options) => new Promise((answer) => asked.push({ ...options, answer })),
  }
  return { log, asked }
}

describe('the pages that partitions share', () => {
  test('hold the events of one partition, each linked to the one before it, the first to where the read began', () => {
    const page = pageOf([event(3, 0), event(4, 1), event(5, 0), event(6, 1)], 6, 6)
    const pages = new SharedPages({ read: () => page }, 2)
    const options = { after: 2, limit: 10 }
    expect(links(pages.reader(0).read(options))).toEqual([
      [2, 3],
      [3, 5],
    ])
    expect(links(pages.reader(1).read(options))).toEqual([
      [2, 4],
      [4, 6],
    ])
  })

  test('do not hide what the log itself is missing', () => {
    const page = pageOf([event(1, 0), event(3, 1), event(4, 0)], 4, 4)
    const pages = new SharedPages({ read: () => page }, 2)
    const options = { after: 0, limit: 10 }
    expect(links(pages.reader(0).read(options))).toEqual([
      [0, 1],
      [2, 4],
    ])
    expect(links(pages.reader(1).read(options))).toEqual([[2, 3]])
  })

  test('pass over holes that the log has proven', () => {
    const page = pageOf([event(1, 0), event(3, 1, { previous: 1 }), event(4, 0)], 4, 4)
    expect(links(new SharedPages({ read: () => page }, 2).reader(0).read({ after: 0, limit: 10 }))).toEqual([
      [0, 1],
      [1, 4],
    ])
  })

  test('are read once by all who ask for the same page of history, also from within it', async () => {
    const time = new VirtualTime()
    let reads = 0
    const read = ({ after }: ReadOptions) => {
      reads++
      return pageOf([event(after + 1, 0), event(after + 2, 1)], after + 2, 100)
    }
    const pages = new SharedPages({ read }, 2, time)
    const [first, second] = [pages.reader(0), pages.reader(1)]
    expect(links(first.read({ after: 0, limit: 2 }))).toEqual([[0, 1]])
    expect(links(second.read({ after: 1, limit: 2 }))).toEqual([[1, 2]])
    const next = [first.read({ after: 2, limit: 2 }), second.read({ after: 2, limit: 2 })]
    await time.passTo(0)
    expect((await Promise.all(next)).map(links)).toEqual([[[2, 3]], [[2, 4]]])
    expect(reads).toBe(2)
  })

  test('are read anew by who joined a read that had begun, and ended at the head', async () => {
    const time = new VirtualTime()
    const { log, asked } = slowLog()
    const pages = new SharedPages(log, 2, time)
    const begin = pages.reader(0).read({ after: 0, limit: 1 })
    asked[0]!.answer(pageOf([event(1, 0)], 1, 2))
    await begin
    const first = pages.reader(0).read({ after: 1, limit: 1 })
    await time.passTo(0)
    const joined = pages.reader(1).read({ after: 1, limit: 1 })
    asked[1]!.answer(pageOf([event(2, 0)], 2, 2))
    expect(links(await first)).toEqual([[1, 2]])
    await promises()
    expect(asked.map(({ after }) => after)).toEqual([0, 1, 1])
    asked[2]!.answer(pageOf([event(2, 0), event(3, 1)], 3, 3))
    expect(links(await joined)).toEqual([[1, 3]])
  })

  test('pass on the failure of a read to all who wait for it, and the next read is a new one', async () => {
    const time = new VirtualTime()
    let reads = 0
    const read = ({ after }: ReadOptions) => {
      if (++reads === 2) throw new Error('out of reach')
      return pageOf([event(after + 1, 0)], after + 1, 100)
    }
    const pages = new SharedPages({ read }, 2, time)
    pages.reader(0).read({ after: 0, limit: 1 })
    const both = Promise.allSettled([0, 1].map((partition) => pages.reader(partition).read({ after: 1, limit: 1 })))
    await time.passTo(0)
    expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    const again = pages.reader(0).read({ after: 1, limit: 1 })
    await time.passTo(1)
    expect(links(await again)).toEqual([[1, 2]])
  })

  test('are read once at the head, too, by all who ask before the log is asked', async () => {
    const { log, asked } = slowLog()
    const pages = new SharedPages(log, 2)
    const begin = pages.reader(0).read({ after: 0, limit: 9 })
    asked[0]!.answer(pageOf([], 0, 0))
    await begin
    const both = [0, 1].map((partition) => pages.reader(partition).read({ after: 0, limit: 9 }))
    await promises()
    expect(asked.length).toBe(2)
    asked[1]!.answer(pageOf([event(1, 0), event(2, 1)], 2, 2))
    expect((await Promise.all(both)).map(links)).toEqual([[[0, 1]], [[0, 2]]])
  })

  test('are read once by all who are told of one hint, by a log that answers at once', () => {
    const hints$ = new Subject<void>()
    const events: object[] = []
    let reads = 0
    const read = ({ after }: ReadOptions) => {
      reads++
      return pageOf(
        events.filter((one) => (one as { id: number }).id > after),
        events.length,
        events.length,
      )
    }
    const pages = new SharedPages({ read, hints$ }, 2)
    const shown: unknown[] = []
    for (const partition of [0, 1]) {
      const reader = pages.reader(partition)
      reader.hints$!.subscribe(() => shown.push(links(reader.read({ after: 0, limit: 9 }))))
    }
    events.push(event(1, 0), event(2, 1))
    hints$.next()
    expect(shown).toEqual([[[0, 1]], [[0, 2]]])
    expect(reads).toBe(1)
    events.push(event(3, 1))
    expect(links(pages.reader(1).read({ after: 0, limit: 9 }))).toEqual([
      [0, 2],
      [2, 3],
    ])
  })

  test('of the head serve those who come later, and say that there is more by now', () => {
    let last = 0
    let reads = 0
    const read = ({ after }: ReadOptions) => {
      reads++
      return last > after ? pageOf([event(last, 1)], last, last) : pageOf([], last, last)
    }
    const pages = new SharedPages({ read }, 2)
    for (last = 1; last <= 3; last++) pages.reader(0).read({ after: last - 1, limit: 9 })
    expect(reads).toBe(3)
    const late = pages.reader(1).read({ after: 0, limit: 9 })
    expect(late).toMatchObject({ through: 1, head: 3 })
    expect(links(late)).toEqual([[0, 1]])
    expect(links(pages.reader(1).read({ after: 1, limit: 9 }))).toEqual([[1, 2]])
    expect(reads).toBe(3)
    // Whether this one still ends at the head is for the log to say.
    last = 3
    expect(pages.reader(1).read({ after: 2, limit: 9 })).toMatchObject({ through: 3, head: 3 })
    expect(reads).toBe(4)
  })

  test('are read anew by who joined a read that had begun, and ended before something undecided', async () => {
    const { log, asked } = slowLog()
    const pages = new SharedPages(log, 2)
    const first = pages.reader(0).read({ after: 0, limit: 9 })
    // The hint that it was decided came while the first read was on its way.
    const joined = pages.reader(1).read({ after: 0, limit: 9 })
    asked[0]!.answer(pageOf([], 0, 2))
    await first
    await promises()
    expect(asked.length).toBe(2)
    asked[1]!.answer(pageOf([event(1, 1), event(2, 0)], 2, 2))
    expect(links(await joined)).toEqual([[0, 1]])
  })

  test('keep nothing of a log that was cut short', async () => {
    let log = pageOf([event(1, 0), event(2, 0)], 2, 9)
    const pages = new SharedPages({ read: () => log }, 2)
    pages.reader(0).read({ after: 0, limit: 2 })
    log = pageOf([event(1, 1)], 1, 1)
    pages.reader(0).read({ after: 8, limit: 2 })
    expect(links(pages.reader(1).read({ after: 0, limit: 2 }))).toEqual([[0, 1]])
  })

  test('are forgotten when the connection was lost: what is read then is of the log that is there', () => {
    const reconnects$ = new Subject<void>()
    let revision = 1
    const read = ({ after }: ReadOptions) =>
      pageOf([event(after + 1, 0, { revision }), event(after + 2, 1, { revision })], after + 2, 100)
    const pages = new SharedPages({ read, reconnects$ }, 2)
    const readers = [pages.reader(0), pages.reader(1)] as const
    for (const { reconnects$ } of readers) reconnects$?.subscribe()
    const revisionRead = (partition: 0 | 1) =>
      (readers[partition].read({ after: 0, limit: 2 }) as unknown as { events: { revision: number }[] }).events[0]
        ?.revision
    expect(revisionRead(0)).toBe(1)
    revision = 2
    expect(revisionRead(1)).toBe(1)
    reconnects$.next()
    expect([revisionRead(1), revisionRead(0)]).toEqual([2, 2])
  })

  test('that were asked for before the connection was lost are kept by nobody, and joined by nobody', async () => {
    const { log, asked } = slowLog()
    const reconnects$ = new Subject<void>()
    const pages = new SharedPages({ ...log, reconnects$ }, 2)
    const readers = [pages.reader(0), pages.reader(1)] as const
    readers[0].reconnects$?.subscribe()
    const before = readers[0].read({ after: 0, limit: 1 })
    reconnects$.next()
    const joins = readers[1].read({ after: 0, limit: 1 })
    await promises()
    expect(asked).toHaveLength(2)
    asked[0]!.answer(pageOf([event(1, 0)], 1, 9))
    await before
    asked[1]!.answer(pageOf([event(1, 1)], 1, 9))
    expect(links(await joins)).toEqual([[0, 1]])
    const later = readers[1].read({ after: 0, limit: 1 })
    expect(links(await later)).toEqual([[0, 1]])
  })
})
