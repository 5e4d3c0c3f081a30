import { type LogPage, partitionOf, type ReadOptions } from 'rx-projection'
import { ensureSequential, followLog, markOf } from 'rx-projection/operators'
import { Subject, VirtualTimeScheduler } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { partitionFilter } from '../../src/partitions/partitionFilter.ts'
import { sharedReader } from '../../src/reading/PageCache.ts'
import { VirtualTime } from '../runtime/support/VirtualTime.ts'
import { record } from '../support/record.ts'

const streamOf = (partition: number): string =>
  Array.from({ length: 50 }, (_, n) => `s${n}`).find((name) => partitionOf(name, 2) === partition)!

const event = (id: number, partition: number, more: object = {}) => ({
  id,
  stream: streamOf(partition),
  type: 'Noted',
  payload: id,
  ...more,
})

const pageOf = (events: readonly object[], through: number, head: number) =>
  ({ events, through, head }) as unknown as LogPage

/** What comes out of the pages of a log, for each of two partitions. */
async function partitionsOf(pages: Readonly<Record<number, LogPage>>) {
  const read = ({ after }: ReadOptions) => pages[after]!
  const time = new VirtualTime()
  const shared = partitionFilter(sharedReader({ read }, time), 2)
  const both = [0, 1].map((partition) => {
    const clock = new VirtualTimeScheduler()
    return record(followLog({ events: shared(partition) }, { after: 7 }, clock).pipe(ensureSequential({ after: 7 })))
  })
  await time.passTo(0)
  return both
}

describe('partitions', () => {
  test('notice an event that the log lost at the end of a page', async () => {
    const [first, second] = await partitionsOf({
      7: pageOf([event(8, 0), event(9, 1)], 10, 11),
      10: pageOf([event(11, 0)], 11, 11),
    })
    expect(first).toMatchObject({ values: [[{ id: 8 }]], error: { name: 'MissedEventError', received: 11, last: 8 } })
    expect(second).toMatchObject({ values: [[{ id: 9 }]], failed: false })
  })

  test('notice it also where the event behind it is of another one', async () => {
    const [first] = await partitionsOf({
      7: pageOf([event(8, 0), event(9, 1)], 10, 13),
      10: pageOf([event(11, 1), event(12, 0), event(13, 0)], 13, 13),
    })
    expect(first).toMatchObject({ values: [[{ id: 8 }]], error: { name: 'MissedEventError', received: 12, last: 8 } })
  })

  test('pass over a hole at the end of a page that the log has proven', async () => {
    const both = await partitionsOf({
      7: pageOf([event(8, 0), event(9, 1)], 10, 12),
      10: pageOf([event(11, 0, { previous: 10 }), event(12, 1)], 12, 12),
    })
    expect(both.map(({ values }) => values.flat().map((one) => (one as { id: number }).id))).toEqual([
      [8, 11],
      [9, 12],
    ])
    expect(both.map(({ failed }) => failed)).toEqual([false, false])
  })

  test('ask the whole log whether it is still the same, also about an event of another partition', () => {
    const read = ({ after }: ReadOptions) => pageOf(after < 8 ? [event(8, 1)] : [], 8, 8)
    const shared = partitionFilter(sharedReader({ read }), 2)
    const reader = shared(0)
    const mark = markOf(event(8, 0))
    const recorded = record(followLog({ events: reader }, { after: 8, mark }, new VirtualTimeScheduler()))
    expect(recorded.error).toMatchObject({ name: 'LogMismatchError' })
  })

  test('keep no answer about one event as a page for the others', () => {
    const asked: ReadOptions[] = []
    const read = (options: ReadOptions) => {
      asked.push(options)
      return pageOf([event(options.after + 1, 0)], options.after + 1, 100)
    }
    const reader = partitionFilter(sharedReader({ read }), 2)(0)
    reader.whole!.read({ after: 7, limit: 1 })
    reader.read({ after: 7, limit: 10, streams: ['a'] })
    expect(asked.map(({ limit }) => limit)).toEqual([1, 10])
  })

  test('hear that the log was connected again', () => {
    const reconnects$ = new Subject<unknown>()
    const read = () => pageOf([], 0, 0)
    let heard = 0
    partitionFilter(sharedReader({ read, reconnects$ }), 2)(0).reconnects$?.subscribe(() => heard++)
    reconnects$.next('connected')
    expect(heard).toBe(1)
    expect(partitionFilter(sharedReader({ read }), 2)(0).reconnects$).toBeUndefined()
  })
})
