import { type LogEvent, type LogPage, partitionOf } from 'rx-projection'
import { Subject } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { partitionFilter } from '../../src/partitions/partitionFilter.ts'
import { event as eventAt, pageOf } from '../reading/support/logs.ts'

const streamOf = (partition: number): string =>
  Array.from({ length: 50 }, (_, n) => `s${n}`).find((name) => partitionOf(name, 2) === partition)!

const event = (id: number, partition: number, more: Partial<LogEvent> = {}) =>
  eventAt(id, { stream: streamOf(partition), ...more })

const links = (page: unknown) => (page as { events: LogEvent[] }).events.map(({ id, previous }) => [previous, id])

/** What each of two partitions gets of a page. */
const linksOf = (page: LogPage, after: number) => {
  const logOf = partitionFilter({ read: () => page }, 2)
  return [0, 1].map((partition) => links(logOf(partition).read({ after, limit: 10 })))
}

describe('the log of a partition', () => {
  test('holds its events alone, each linked to the one before it, the first to where the read began', () => {
    expect(linksOf(pageOf([event(3, 0), event(4, 1), event(5, 0), event(6, 1)], 6, 6), 2)).toEqual([
      [
        [2, 3],
        [3, 5],
      ],
      [
        [2, 4],
        [4, 6],
      ],
    ])
  })

  test('says how far the page has looked, and where the whole log ends', () => {
    const logOf = partitionFilter({ read: async () => pageOf([event(3, 0)], 6, 9) }, 2)
    return expect(logOf(1).read({ after: 2, limit: 10 })).resolves.toEqual({ events: [], through: 6, head: 9 })
  })

  test('does not hide what the whole log is missing', () => {
    expect(linksOf(pageOf([event(1, 0), event(3, 1), event(4, 0)], 4, 4), 0)).toEqual([
      [
        [0, 1],
        [2, 4],
      ],
      [[2, 3]],
    ])
  })

  test('passes over holes that the whole log has proven', () => {
    expect(linksOf(pageOf([event(1, 0), event(3, 1, { previous: 1 }), event(4, 0)], 4, 4), 0)[0]).toEqual([
      [0, 1],
      [1, 4],
    ])
  })

  test('is linked over a page that ended without an event as the whole log says, whoever has read that page', () => {
    const pages = [pageOf([event(1, 0)], 2, 3), pageOf([event(3, 1)], 3, 3)]
    const logOf = partitionFilter({ read: ({ after }) => pages[after === 0 ? 0 : 1]! }, 2)
    void logOf(0).read({ after: 0, limit: 1 })
    // The event at 2 was lost: the one at 3 says that it was given out.
    expect(links(logOf(1).read({ after: 2, limit: 1 }))).toEqual([[undefined, 3]])
  })

  test('forgets where pages ended when the connection was lost, also of those that were asked for before', async () => {
    const reconnects$ = new Subject<void>()
    const answers: ((page: LogPage) => void)[] = []
    const read = () => new Promise<LogPage>((answer) => answers.push(answer))
    const logOf = partitionFilter({ read, reconnects$ }, 2)
    const [first, second] = [logOf(0), logOf(1)]
    first.reconnects$!.subscribe()
    const ask = async (after: number, page: LogPage) => {
      const answer = second.read({ after, limit: 1 })
      answers.pop()!(page)
      return links(await answer)
    }
    await ask(0, pageOf([event(1, 0)], 2, 3))
    const before = first.read({ after: 4, limit: 1 })
    reconnects$.next()
    answers.pop()!(pageOf([event(5, 0)], 6, 7))
    await before
    expect(await ask(2, pageOf([event(3, 1)], 3, 3))).toEqual([[2, 3]])
    expect(await ask(6, pageOf([event(7, 1)], 7, 7))).toEqual([[6, 7]])
  })

  test('asks the log for what a run asked for, and is a part of the whole', () => {
    const asked: unknown[] = []
    const read = (options: unknown) => {
      asked.push(options)
      return pageOf([], 0, 0)
    }
    const options = { after: 0, limit: 7, streams: ['a'], onHole: () => undefined }
    const hints$ = new Subject()
    const log = { read, hints$ }
    const partition = partitionFilter(log, 2)(0)
    void partition.read(options)
    expect(asked[0]).toBe(options)
    expect([partition.whole, partition.hints$, partition.reconnects$]).toEqual([log, hints$, undefined])
    const whole = { read }
    expect(partitionFilter({ ...log, whole }, 2)(0).whole).toBe(whole)
  })
})
