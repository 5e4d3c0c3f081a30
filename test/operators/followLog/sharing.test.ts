import { followLog, type LogEvent, processEvents } from 'rx-projection/operators'
import { eventsOf } from 'rx-projection/testing'
import { Subject } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { slowHandler } from '../../support/controlled.ts'
import { record } from '../../support/record.ts'
import { still, TestLog } from '../../support/TestLog.ts'

const nothing = (): void => undefined

describe('followLog with several subscribers that share its pages continues to read', () => {
  /** Two processors of single events; whatever becomes of the first, the second counts. */
  function shared(first: (event: LogEvent) => unknown) {
    const second = slowHandler()
    const each$ = new Subject<LogEvent>()
    const leaving = record(each$.pipe(processEvents(first as () => undefined, { savePosition: nothing })))
    record(each$.pipe(processEvents(second.handle, { savePosition: nothing })))
    const log = new TestLog(...Object.values(eventsOf('abcdefgh')))
    const following = followLog(log, { pageSize: 2 }, still()).subscribe((page) => {
      for (const event of page) each$.next(event)
    })
    const answerPage = async () => {
      await second.answer()
      await second.answer()
    }
    return {
      leaving,
      second,
      reads: () => log.reads.map(({ after }) => after),
      answerPage,
      end: () => following.unsubscribe(),
    }
  }

  it('if one leaves, with one event in progress and one in line', async () => {
    const first = slowHandler()
    const { leaving, reads, answerPage, end } = shared(first.handle)
    await answerPage()
    expect(reads()).toEqual([0])
    leaving.subscription.unsubscribe()
    expect(reads()).toEqual([0])
    await first.answer()
    expect(reads()).toEqual([0, 2])
    await answerPage()
    expect(reads()).toEqual([0, 2, 4])
    end()
  })

  it('if one fails slowly', async () => {
    const first = slowHandler()
    const { leaving, reads, answerPage, end } = shared(first.handle)
    await answerPage()
    await first.handle.calls[0]!.reject(new Error('poison'))
    expect([leaving.failed, reads()]).toEqual([true, [0, 2]])
    await answerPage()
    expect(reads()).toEqual([0, 2, 4])
    end()
  })

  it('if one fails immediately, but not before the other has finished', async () => {
    const { leaving, reads, answerPage, end } = shared(() => {
      throw new Error('poison')
    })
    expect([leaving.failed, reads()]).toEqual([true, [0]])
    await answerPage()
    expect(reads()).toEqual([0, 2])
    await answerPage()
    expect(reads()).toEqual([0, 2, 4])
    end()
  })

  it('if one fails immediately after it has waited: each releases only the page that it held', async () => {
    const first = slowHandler()
    const { leaving, reads, second, answerPage, end } = shared(({ id }) => {
      if (id === 3) throw new Error('poison')
      return id === 1 ? first.handle(id) : undefined
    })
    await answerPage()
    await first.answer()
    expect([leaving.failed, reads()]).toEqual([true, [0, 2]])
    await second.answer()
    expect(reads()).toEqual([0, 2])
    await second.answer()
    expect(reads()).toEqual([0, 2, 4])
    end()
  })
})
