import fc from 'fast-check'
import {
  ensureSequential,
  followLog,
  hydrate,
  lastSnapshot,
  retryWithJitter,
  type Snapshot,
  scanProjection,
  snapshotAfter,
  snapshotEvery,
  snapshotWriter,
} from 'rx-projection/operators'
import { tap } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { VirtualTime } from '../runtime/support/VirtualTime.ts'
import * as arbitrary from './support/arbitraries.ts'
import { ProcessSnapshots, watchedDisk } from './support/Durable.ts'
import { type Ids, idsProjection } from './support/ids.ts'
import { Log } from './support/Log.ts'
import { callCounter, failing, Script } from './support/Script.ts'
import { stores } from './support/stores.ts'

const scenario = fc.record({
  appends: arbitrary.appends,
  streams: arbitrary.streams,
  pageSize: arbitrary.pageSize,
  catchUpAfter: fc.integer({ min: 10, max: 60 }),
  brokenReads: arbitrary.wrongCalls,
  holes: arbitrary.wrongCalls,
  badLoads: arbitrary.wrongCalls,
  failures: arbitrary.failures(40),
  saves: arbitrary.saves,
  policy: arbitrary.policy,
  crashes: arbitrary.crashes,
})

describe.each(stores)('the pipeline put together by hand, over %s', (_, open, share) => {
  test('ends in the pure fold, whatever fails, is late or crashes', () => {
    fc.assert(
      fc.property(scenario, (given) => {
        const { streams, pageSize, catchUpAfter, policy } = given
        const time = new VirtualTime()
        const store = open()
        const log = new Log(store, { broken: callCounter(given.brokenReads), holes: callCounter(given.holes) })
        log.plan(time, given.appends)
        const faults: string[] = []
        const expectedAt = (offset: number): number[] => log.expectedAt(streams, offset)
        const disk = watchedDisk(store.snapshots, expectedAt, (why) => faults.push(why))
        const projection = idsProjection(failing(given.failures))
        const saves = new Script(given.saves)
        const loadFails = callCounter(given.badLoads)

        const run = () => {
          const snapshots = new ProcessSnapshots(time, disk, saves, loadFails)
          const writer = snapshotWriter<Ids>((snapshot) => snapshots.save('ids', 1, snapshot), {
            onError: () => undefined,
          })
          let newest: Snapshot<Ids> | undefined
          let through = 0
          const check = ({ offset, state }: Snapshot<Ids>): void => {
            if (offset <= newest!.offset) faults.push(`the offset went from ${newest!.offset} to ${offset}`)
            if (String(state) !== String(expectedAt(offset))) faults.push(`[${state}] at ${offset}`)
            newest = { offset, state }
          }
          const onProgress = (progress: { through: number; head: number }): void => {
            const { state } = newest!
            if (progress.through < through) faults.push(`progress went from ${through} to ${progress.through}`)
            through = progress.through
            if (String(state) !== String(expectedAt(through))) faults.push(`[${state}] when it is through ${through}`)
          }
          const subscription = hydrate(lastSnapshot({ snapshots }, projection), (start) => {
            newest = start
            through = start.offset
            const { offset: after } = start
            const options = { after, pageSize, catchUpAfter, onProgress, ...(streams && { streams }) }
            return followLog({ events: log.events }, options, time).pipe(
              ensureSequential({ after }),
              scanProjection(projection, start),
              snapshotEvery(policy.every, writer),
              snapshotAfter(policy.after, writer, {}, time),
              tap(check),
            )
          })
            .pipe(retryWithJitter({ delay: 5, entropy: 3 }, () => 0.5, time))
            .subscribe()
          return { snapshots, subscription, newest: () => newest }
        }

        let running = run()
        for (const { at, lands } of given.crashes) {
          time.runTo(at)
          running.snapshots.die(lands)
          running.subscription.unsubscribe()
          if (log.listeners() !== 0) faults.push('a crash left a subscription')
          running = run()
        }
        // By then every call that goes wrong has been made.
        time.runTo(4_000)
        expect(faults.slice(0, 3)).toEqual([])
        expect(running.newest()?.state).toEqual(log.expectedAt(streams))
        running.subscription.unsubscribe()
        time.runTo(5_000)
        expect([time.timers, log.listeners()]).toEqual([0, 0])
        store[Symbol.asyncDispose]()
      }),
      { numRuns: 1_000 * share },
    )
  })
})
