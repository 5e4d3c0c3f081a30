import { memory, ProjectionStoppedError } from 'rx-projection'
import { NEVER, Subject } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { PartitionWorker } from '../../src/partitions/PartitionWorker.ts'
import type { RunHandle } from '../../src/runtime/lifecycle/RunHandle.ts'
import type { Status } from '../../src/runtime/lifecycle/status.ts'
import { watch } from '../runtime/support/record.ts'
import { VirtualTime } from '../runtime/support/VirtualTime.ts'

/** A run by hand: it has dealt with everything when the test says so. */
function runByHand() {
  const status$ = new Subject<Status>()
  const processed = Promise.withResolvers<void>()
  return {
    handle: {
      status$,
      whenProcessed: () => processed.promise,
      stop: async () => status$.complete(),
    } as unknown as RunHandle,
    catchUp: () => processed.resolve(),
    end: () => {
      processed.reject(new ProjectionStoppedError('one'))
      status$.complete()
    },
  }
}

describe('a worker', () => {
  test('has caught up when a partition that came back to it meanwhile has, too', async () => {
    const time = new VirtualTime()
    const store = memory({ now: () => new Date(time.frame).toISOString() })
    const runs: (ReturnType<typeof runByHand> & { readonly partition: number })[] = []
    const worker = new PartitionWorker({
      name: 'one',
      partitions: 2,
      owner: 'me',
      ttl: 900,
      store,
      scheduler: time,
      head: () => 7,
      keyOf: (partition) => `one@${partition}/2`,
      start(partition) {
        const run = { ...runByHand(), partition }
        runs.push(run)
        return { handle: run.handle, values$: NEVER }
      },
    })
    worker.start()
    await time.passTo(1)
    expect(runs.map(({ partition }) => partition)).toEqual([0, 1])
    const caughtUp = watch(worker.whenCaughtUp('state()', {}))
    await time.passTo(2)
    runs[0]!.end()
    await time.passTo(3)
    expect(runs.map(({ partition }) => partition)).toEqual([0, 1, 0])
    runs[1]!.catchUp()
    await time.passTo(4)
    expect(caughtUp.state).toBe('pending')
    runs[2]!.catchUp()
    await time.passTo(5)
    expect(caughtUp.state).toBe('resolved')
    await worker.stop()
  })

  test('stops although a partition that it gives back fails to end in its time: that is reported once', async () => {
    const time = new VirtualTime()
    const store = memory({ now: () => new Date(time.frame).toISOString() })
    const late = new Error('late')
    const stopping = Promise.withResolvers<void>()
    const errors: unknown[] = []
    const start = (owner: string, stop: () => Promise<void>) => {
      const worker = new PartitionWorker({
        name: 'one',
        partitions: 2,
        owner,
        ttl: 900,
        store,
        scheduler: time,
        head: () => 0,
        keyOf: (partition) => `one@${partition}/2`,
        onError: (error) => errors.push(error),
        start: () => ({ handle: { ...runByHand().handle, stop }, values$: NEVER }),
      })
      worker.start()
      return worker
    }
    // Asked again, it answers with the same promise.
    let stops = 0
    const first = start('first', () => (stops++ < 2 ? stopping.promise : Promise.resolve()))
    await time.passTo(1)
    const second = start('second', async () => undefined)
    await time.passTo(400)
    expect(first.running.leaving).toHaveLength(1)
    const stopped = watch(first.stop())
    stopping.reject(late)
    await time.passTo(401)
    expect([stopped.state, errors]).toEqual(['resolved', [late]])
    await second.stop()
  })
})
