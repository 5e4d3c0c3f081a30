import fc from 'fast-check'
import { memory } from 'rx-projection'
import {
  ensureSequential,
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
import { observerCount } from '../runtime/support/observerCount.ts'
import { VirtualTime } from '../runtime/support/VirtualTime.ts'
import { crashes, failures, policy, saves, wrongCalls } from './support/arbitraries.ts'
import { ProcessSnapshots, watchedDisk } from './support/Durable.ts'
import { eventsOf, hold, pushing, scripts, steps } from './support/deliveries.ts'
import { type Ids, idsProjection } from './support/ids.ts'
import { callCounter, failing, Script } from './support/Script.ts'

const scenario = fc.record({
  steps,
  scripts,
  hold,
  failures: failures(40),
  saves,
  policy,
  badLoads: wrongCalls,
  crashes,
})

describe('the pipeline put together by hand, behind a push source', () => {
  test('ends in the pure fold, whatever comes twice, early, late or not at all, fails or crashes', () => {
    fc.assert(
      fc.property(scenario, ({ steps, scripts, hold, failures, saves, policy, badLoads, crashes }) => {
        const time = new VirtualTime()
        const events = eventsOf(steps)
        const expectedAt = (offset: number): number[] => events.map(({ id }) => id).filter((id) => id <= offset)
        const faults: string[] = []
        const disk = watchedDisk(memory().snapshots, expectedAt, (why) => faults.push(why))
        const projection = idsProjection(failing(failures))
        const script = new Script(scripts)
        const saveScript = new Script(saves)
        const loadFails = callCounter(badLoads)
        const sources: { readonly observers: number }[] = []
        const listeners = (): number => sources.reduce((sum, { observers }) => sum + observers, 0)

        const run = () => {
          const snapshots = new ProcessSnapshots(time, disk, saveScript, loadFails)
          const writer = snapshotWriter<Ids>((snapshot) => snapshots.save('ids', 1, snapshot), {
            onError: () => undefined,
          })
          let durable = -1
          writer.saved$.subscribe(({ offset }) => {
            if (offset <= durable) faults.push(`saved$ went from ${durable} to ${offset}`)
            durable = offset
          })
          let newest: Snapshot<Ids> | undefined
          const check = ({ offset, state }: Snapshot<Ids>): void => {
            if (offset <= newest!.offset) faults.push(`the offset went from ${newest!.offset} to ${offset}`)
            if (String(state) !== String(expectedAt(offset))) faults.push(`[${state}] at ${offset}`)
            newest = { offset, state }
          }
          const subscription = hydrate(lastSnapshot({ snapshots }, projection), (start) => {
            newest = start
            const counted = observerCount(pushing(time, events, script.next(), start.offset))
            sources.push(counted)
            return counted.observable.pipe(
              ensureSequential({ after: start.offset, ...(hold && { hold }) }, time),
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
        for (const { at, lands } of crashes) {
          time.runTo(at)
          running.snapshots.die(lands)
          running.subscription.unsubscribe()
          if (listeners() !== 0) faults.push(`${listeners()} subscriptions were left by a crash`)
          running = run()
        }
        time.runTo(20_000)
        expect(faults).toEqual([])
        expect(running.newest()?.state).toEqual(events.map(({ id }) => id))
        running.subscription.unsubscribe()
        time.runTo(30_000)
        expect([time.timers, listeners()]).toEqual([0, 0])
      }),
      { numRuns: 2_000 },
    )
  })
})
