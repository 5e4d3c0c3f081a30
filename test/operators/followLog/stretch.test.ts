import { followLog } from 'rx-projection/operators'
import { eventsOf } from 'rx-projection/testing'
import { VirtualTimeScheduler } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { record } from '../../support/record.ts'
import { TestLog } from '../../support/TestLog.ts'

const { a } = eventsOf('a')

/** Follows a log of so many pages on a clock that each page moves by some ms; pauses wait for the test. */
function busy(pages: number, msPerPage: number) {
  const clock = new VirtualTimeScheduler()
  const log = new TestLog()
  let now = 0
  let read = 0
  clock.now = () => now
  log.read = ({ after }) => {
    read++
    now += msPerPage
    const position = Math.min(after + 1, pages)
    return { events: position > after ? [{ ...a, id: position }] : [], through: position, head: pages }
  }
  const { subscription } = record(followLog(log, { catchUpAfter: 1_000 }, clock))
  return {
    log,
    subscription,
    read: () => read,
    timers: () => clock.actions.map(({ delay }) => delay - clock.frame),
    turn: () => {
      const [pause] = clock.actions
      clock.actions.shift()
      pause?.execute(undefined as never, 0)
    },
  }
}

describe('followLog works for 20 ms at a time', () => {
  it('then lets the event loop turn once, and works for another 20 ms', () => {
    const { read, turn, timers } = busy(10, 7)
    expect([read(), timers()]).toEqual([3, [0]])
    turn()
    expect([read(), timers()]).toEqual([6, [0]])
    turn()
    turn()
    expect([read(), timers()]).toEqual([10, [1_000]])
  })

  it('and takes no turn before it is over', () => {
    expect(busy(20, 1).timers()).toEqual([1_000])
    expect(busy(21, 1).timers()).toEqual([0])
  })

  it('so that it can be unsubscribed in between', () => {
    const { subscription, read, timers } = busy(10, 7)
    subscription.unsubscribe()
    expect([read(), timers()]).toEqual([3, []])
  })

  it('and needs no hint in between: it reads anyway', () => {
    const { log, turn, read, timers } = busy(4, 7)
    log.hints$.next('news')
    expect([read(), timers()]).toEqual([3, [0]])
    turn()
    expect([read(), timers()]).toEqual([4, [1_000]])
  })
})
