import { type Subscription, VirtualTimeScheduler } from 'rxjs'
import { followLog } from '../../../operators/followLog.ts'
import type { EventReader } from '../../../operators/ports/index.ts'
import { equal, turn } from './expect.ts'
import { numbered } from './log.ts'
import type { Checks, Trial } from './StoreOpener.ts'

const CATCH_UP_AFTER = 1_000

export const following: Checks = {
  'an append is seen within catchUpAfter, even when its hint is lost': async ({ events }, trial) => {
    await events.append('a', numbered(1))
    const follower = follow({ read: (options) => events.read(options) }, trial)
    await follower.reaches(1)
    await events.append('a', numbered(2, 3))
    await follower.letTimePass(CATCH_UP_AFTER - 1)
    equal('what is read before its time', follower.seen, [1])
    await follower.letTimePass(1)
    await follower.reaches(3)
    equal('the positions', follower.seen, [1, 2, 3])
    follower.stop()
  },

  'a follower that is hinted sees every append at once': async ({ events }, trial) => {
    const follower = follow(events, trial)
    for (let number = 1; number <= 5; number++) {
      await events.append(number % 2 ? 'a' : 'b', numbered(number))
      await follower.reaches(number)
    }
    equal('the positions', follower.seen, [1, 2, 3, 4, 5])
    follower.stop()
  },
}

interface Follower {
  readonly seen: readonly number[]
  reaches(position: number): Promise<void>
  letTimePass(ms: number): Promise<void>
  stop(): void
}

/** Follows a log with a clock that moves only when the check advances it. */
function follow(events: EventReader, { eventually }: Trial): Follower {
  const scheduler = new VirtualTimeScheduler(undefined, 0)
  const seen: number[] = []
  let failure: unknown
  const following: Subscription = followLog({ events }, { catchUpAfter: CATCH_UP_AFTER }, scheduler).subscribe({
    next: (page) => seen.push(...page.map(({ id }) => id)),
    error: (error: unknown) => {
      failure = error
    },
  })
  return {
    seen,
    async reaches(position) {
      await eventually(`a follower at ${position}`, () => failure !== undefined || seen.includes(position))
      if (failure !== undefined) throw failure
    },
    async letTimePass(ms) {
      // A read in progress would begin its wait too late, outside the time that passes.
      for (let turns = 0; turns < 20; turns++) await turn()
      scheduler.maxFrames += ms
      scheduler.flush()
      scheduler.frame = scheduler.maxFrames
    },
    stop: () => following.unsubscribe(),
  }
}
