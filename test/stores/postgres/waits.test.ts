import { TimeoutError } from 'rx-projection'
import { VirtualTimeScheduler } from 'rxjs'
import { expect, test } from 'vitest'
import { Waits } from '../../../src/stores/postgres/driver/Waits.ts'

test('a wait in a line goes on as long as others have their turns, and ends when nobody has had one for its time', async () => {
  const clock = new VirtualTimeScheduler()
  const runTo = (ms: number): Promise<void> => {
    clock.maxFrames = ms
    clock.flush()
    clock.frame = ms
    return new Promise((resolve) => setImmediate(resolve))
  }
  let turns = 0
  let error: unknown
  const never = new Promise<never>(() => undefined)
  new Waits(30, clock).for(never, { what: 'a turn', moved: () => turns }).catch((reason) => {
    error = reason
  })
  turns++
  await runTo(30)
  turns++
  await runTo(60)
  expect(error).toBeUndefined()
  await runTo(90)
  expect(error).toBeInstanceOf(TimeoutError)
  expect(clock.actions).toEqual([])
})
