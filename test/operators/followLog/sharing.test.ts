import { followLog, type LogEvent, processEvents } from 'rx-projection/operators'
import { eventsOf } from 'rx-projection/testing'
import { Subject } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { slowHandler } from '../../support/controlled.ts'
import { record } from '../../support/record.ts'
import { still, TestLog } from '../../support/TestLog.ts'

const nothing = (): void => undefined

describe('followLog whose pages several share reads on', () => {
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

  it('where one leaves, with an event in hand and one in line', async () => {
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

  it('where one fails slowly', async () => {
    const first = slowHandler()
    const { leaving, reads, answerPage, end } = shared(first.handle)
    await answerPage()
    await first.handle.calls[0]!.reject(new Error('poison'))
    expect([leaving.failed, reads()]).toEqual([true, [0, 2]])
    await answerPage()
    expect(reads()).toEqual([0, 2, 4])
    end()
  })

  it('where one fails at once, and no sooner than the other is done', async () => {
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

  it('where one fails at once after it has waited: each lets go of what it held, and of no more', async () => {
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
