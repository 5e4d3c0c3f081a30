import { followLog, type LogPage } from 'rx-projection/operators'
import { eventsOf } from 'rx-projection/testing'
import { VirtualTimeScheduler } from 'rxjs'
import { expect, test } from 'vitest'
import { promises } from '../../runtime/support/VirtualTime.ts'
import { TestLog } from '../../support/TestLog.ts'

const { a } = eventsOf('a')

test('a log that answers later, and then immediately, does not keep the event loop from turning', async () => {
  const clock = new VirtualTimeScheduler()
  let now = 0
  clock.now = () => now
  const log = new TestLog()
  log.read = ({ after }) => {
    const page: LogPage = { events: [{ ...a, id: after + 1 } as never], through: after + 1, head: 3 }
    return after === 0 ? Promise.resolve(page) : page
  }
  const seen: number[] = []
  followLog(log, { readTimeout: Infinity }, clock).subscribe((page) => {
    now += 25
    seen.push(...page.map(({ id }) => id))
  })
  await promises()
  // The first page used up the budget: the second one has been read, and waits for a turn.
  expect(seen).toEqual([1])
  expect(clock.actions.filter(({ closed, delay }) => !closed && delay === 0)).toHaveLength(1)
  clock.actions.find(({ closed, delay }) => !closed && delay === 0)!.execute(undefined as never, 0)
  expect(seen.slice(0, 2)).toEqual([1, 2])
})
