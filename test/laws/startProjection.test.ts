import fc from 'fast-check'
import { startProjection } from 'rx-projection'
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
  /** When snapshots are taken, catch-ups asked for, and positions waited for, by hand. */
  taken: arbitrary.times,
  caughtUp: arbitrary.times,
  waits: fc.array(fc.tuple(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 50 })), { maxLength: 4 }),
  stopAt: fc.option(fc.integer({ min: 0, max: 600 }), { nil: undefined }),
})

/** What a growing series of numbers has to be told of. */
function growing(name: string, faults: string[]): (value: number) => void {
  let last = -1
  return (value) => {
    if (value <= last) faults.push(`${name} went from ${last} to ${value}`)
    last = value
  }
}

describe.each(stores)('startProjection over %s', (_, open, share) => {
  test('ends in the pure fold, whatever fails, is late or crashes; nothing goes back, and nothing is left', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (given) => {
        const { streams, pageSize, catchUpAfter, policy, stopAt } = given
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
          const handle = startProjection(projection, {
            store: { events: log.events, snapshots },
            scheduler: time,
            pageSize,
            catchUpAfter,
            snapshotEvery: policy.every,
            snapshotAfter: policy.after,
            handlerFailures: Infinity,
            retry: { delay: 5, entropy: 3 },
            random: () => 0.5,
            ...(streams && { streams }),
          })
          let states = 0
          const ended: unknown[] = []
          const growingStates = growing('the number of events in state$', faults)
          const growingSnapshots = growing('snapshot$', faults)
          handle.state$.subscribe({
            next: (state: Ids) => {
              states++
              growingStates(state.length)
              const { offset } = handle.current!
              if (String(state) !== String(expectedAt(offset))) faults.push(`[${state}] at ${offset}`)
            },
            error: (error: unknown) => faults.push(`faulted: ${error}`),
            complete: () => ended.push('state$'),
          })
          handle.snapshot$.subscribe({
            next: ({ offset, state }) => {
              growingSnapshots(offset)
              if (String(state) !== String(expectedAt(offset))) faults.push(`[${state}] is durable at ${offset}`)
            },
            complete: () => ended.push('snapshot$'),
          })
          const growingPosition = growing('position$', faults)
          handle.position$.subscribe({
            next: (position) => {
              growingPosition(position)
              const { state } = handle.current!
              if (String(state) !== String(expectedAt(position))) faults.push(`[${state}] at position ${position}`)
            },
            complete: () => ended.push('position$'),
          })
          handle.status$.subscribe({ complete: () => ended.push('status$') })
          handle.telemetry$.subscribe({ complete: () => ended.push('telemetry$') })
          return { handle, snapshots, ended, states: () => states }
        }

        let running = run()
        const failed = (error: Error): void => {
          // Who waits is told of a crash or of a stop, and of a save that failed; of nothing else.
          if (!['ProjectionStoppedError', 'Error'].includes(error.name)) faults.push(`a wait failed: ${error}`)
        }
        for (const at of given.taken) {
          time.at(at, () => running.handle.takeSnapshot({ timeout: Infinity }).catch(failed))
        }
        for (const at of given.caughtUp) {
          time.at(at, () => {
            const head = log.expectedAt(undefined).length
            const { handle } = running
            handle
              .state({ timeout: Infinity })
              .then(() => handle.whenProcessed(head))
              .catch(failed)
          })
        }
        for (const [at, position] of given.waits) {
          time.at(at, () => {
            const { handle } = running
            const seen = (state: Ids): void => {
              const missing = expectedAt(position).filter((id) => !state.includes(id))
              if (missing.length > 0) faults.push(`[${state}] when ${position} was to be in it`)
            }
            if (position > log.expectedAt(undefined).length) return
            handle.state({ atLeast: position, timeout: Infinity }).then(seen, failed)
          })
        }
        for (const { at, lands } of given.crashes) {
          time.runTo(at)
          running.snapshots.die(lands)
          running.handle.stop({ timeout: 0 }).catch(() => undefined)
          time.runNow()
          if (log.listeners() !== 0) faults.push('a crash left a subscription')
          running = run()
        }
        time.runTo(Math.max(time.frame, stopAt ?? 1_500))
        if (stopAt === undefined) {
          expect(running.handle.current?.state).toEqual(log.expectedAt(streams))
          expect(running.states()).toBeGreaterThan(0)
        }
        const { current } = running.handle
        const stopped = running.handle.stop()
        time.runTo(8_000)
        await stopped
        expect(faults.slice(0, 3)).toEqual([])
        expect(running.ended.toSorted()).toEqual(['position$', 'snapshot$', 'state$', 'status$', 'telemetry$'])
        expect([time.timers, log.listeners()]).toEqual([0, 0])
        // Whether or not the last save failed: a new process comes to the same, with nothing but what is durable.
        const last = startProjection(projection, {
          store: { events: log.events, snapshots: store.snapshots },
          scheduler: time,
          handlerFailures: Infinity,
          retry: { delay: 5, entropy: 3 },
          ...(streams && { streams }),
        })
        time.runTo(10_000)
        expect(last.current?.state).toEqual(log.expectedAt(streams))
        expect(last.current!.offset).toBeGreaterThanOrEqual(current?.offset ?? 0)
        await last.stop()
        await store[Symbol.asyncDispose]()
      }),
      { numRuns: 1_200 * share },
    )
  })
})
