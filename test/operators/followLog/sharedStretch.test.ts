import { followLog, type LogPage, processEvents } from 'rx-projection/operators'
import { eventsOf } from 'rx-projection/testing'
import type { Subscription } from 'rxjs'
import { VirtualTimeScheduler } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { promises } from '../../runtime/support/VirtualTime.ts'
import { record } from '../../support/record.ts'
import { TestLog } from '../../support/TestLog.ts'

const { a } = eventsOf('a')
const EVERY = 1_000

/** Followers of logs whose handling moves a clock that they share; the event loop turns when the test says so. */
function many(followers: number, { pages = 100, msPerPage = 2, asynchronous = false } = {}) {
  const clock = new VirtualTimeScheduler()
  let now = 0
  clock.now = () => now
  const worked: string[] = []
  const following: Subscription[] = []
  const logs: TestLog[] = []
  const pageOf = (after: number, size: number): LogPage => {
    const position = Math.min(after + 1, size)
    const event = { ...a, id: position } as never
    return { events: position > after ? [event] : [], through: position, head: size }
  }
  const sizes = Array.from({ length: followers }, () => pages)
  for (let index = 0; index < followers; index++) {
    const log = new TestLog()
    log.read = ({ after }) => {
      const page = pageOf(after, sizes[index]!)
      return asynchronous ? Promise.resolve(page) : page
    }
    logs.push(log)
    following.push(
      followLog(log, { catchUpAfter: EVERY, readTimeout: Number.POSITIVE_INFINITY }, clock).subscribe(() => {
        now += msPerPage
        worked.push('abcdefghij'[index]!)
      }),
    )
  }
  return {
    following,
    /** What was done since this was asked last: by whom, and how long it took. */
    stretch() {
      const done = worked.splice(0).join('')
      return { done, ms: done.length * msPerPage }
    },
    /** Appends to a log, with a hint. */
    append(index: number) {
      sizes[index]!++
      logs[index]!.hints$.next('news')
    },
    /** Timers of the budget: those that are due now. */
    due: () => clock.actions.filter(({ delay }) => delay < EVERY).length,
    pass(ms: number) {
      now += ms
    },
    turn() {
      const index = clock.actions.findIndex(({ delay }) => delay < EVERY)
      const [action] = clock.actions.splice(index, 1)
      action?.execute(undefined as never, 0)
    },
  }
}

describe('all followers of a scheduler together', () => {
  it('work for 20 ms, then let the event loop turn, with one timer', () => {
    const { stretch, turn, due } = many(5)
    expect([stretch().ms, due()]).toEqual([20, 1])
    for (let turns = 0; turns < 5; turns++) {
      turn()
      expect([stretch().ms, due()]).toEqual([20, 1])
    }
  })

  it('take turns of one page each, in the order in which they paused', () => {
    const { stretch, turn } = many(4)
    expect(stretch().done).toBe('aaaaaaaaaa')
    turn()
    expect(stretch().done).toBe('abcdabcdab')
    turn()
    expect(stretch().done).toBe('cdabcdabcd')
  })

  it('do all their work, and then need no timer', () => {
    const { stretch, turn, due } = many(3, { pages: 11 })
    let done = stretch().done
    while (due() > 0) {
      turn()
      done += stretch().done
    }
    expect([...done].sort().join('')).toBe('a'.repeat(11) + 'b'.repeat(11) + 'c'.repeat(11))
  })

  it('overrun by at most one page', () => {
    const { stretch, turn } = many(3, { msPerPage: 7 })
    expect(stretch().ms).toBe(21)
    turn()
    expect(stretch()).toEqual({ done: 'abc', ms: 21 })
  })

  it('let a follower with new events wait behind those that already wait', () => {
    const { stretch, turn, append } = many(2, { pages: 15 })
    stretch()
    turn()
    expect(stretch().done).toBe('ababababab')
    turn()
    expect(stretch().done).toBe('bbbbbbbbbb')
    append(0)
    expect(stretch().done).toBe('')
    turn()
    expect(stretch().done).toBe('a')
  })

  it('continue without a follower that is unsubscribed while it waits', () => {
    const { following, stretch, turn, due } = many(3)
    following[1]!.unsubscribe()
    stretch()
    turn()
    expect(stretch().done).toBe('acacacacac')
    following[0]!.unsubscribe()
    following[2]!.unsubscribe()
    expect(due()).toBe(0)
  })

  it('also share the time if their pages arrive later, and many arrive together', async () => {
    const { stretch, turn, due } = many(10, { asynchronous: true, msPerPage: 5 })
    await promises()
    expect(stretch()).toEqual({ done: 'abcd', ms: 20 })
    expect(due()).toBe(1)
    turn()
    expect(stretch()).toEqual({ done: 'efgh', ms: 20 })
    await promises()
    expect(stretch().done).toBe('')
    turn()
    expect(stretch().done).toBe('ijab')
  })

  it('begin with a new budget after a turn of the event loop', () => {
    const { append, stretch, due, pass } = many(1, { pages: 9 })
    expect([stretch().ms, due()]).toEqual([18, 0])
    pass(20)
    for (let news = 0; news < 9; news++) append(0)
    expect([stretch().ms, due()]).toEqual([18, 1])
  })

  it('ask for a turn when half of it is used, so that occasional events never wait', () => {
    const { append, stretch, due, pass, turn } = many(1, { pages: 0 })
    for (let news = 0; news < 60; news++) {
      append(0)
      expect(stretch().ms).toBe(2)
      pass(3)
      if (due() > 0) turn()
    }
  })

  it('share only with followers of the same scheduler', () => {
    const first = many(1)
    const second = many(1)
    expect([first.stretch().ms, second.stretch().ms]).toEqual([20, 20])
  })

  it('count the work of handlers in promises, which do not let the event loop turn', async () => {
    const clock = new VirtualTimeScheduler()
    let now = 0
    clock.now = () => now
    const log = new TestLog()
    log.read = ({ after }) => ({ events: [{ ...a, id: after + 1 } as never], through: after + 1, head: 1_000 })
    const handled = processEvents(
      async () => {
        await undefined
        now += 3
      },
      { savePosition: () => undefined },
    )
    const recorded = record(followLog(log, {}, clock).pipe(handled))
    await promises()
    expect(recorded.values).toHaveLength(7)
    expect(clock.actions.map(({ delay }) => delay)).toEqual([0])
    recorded.subscription.unsubscribe()
  })
})
