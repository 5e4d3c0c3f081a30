import fc from 'fast-check'
import { defineProjector, type LogEvent, memory, startProjection, startProjector } from 'rx-projection'
import { describe, expect, test } from 'vitest'
import { Later } from '../runtime/support/Later.ts'
import { observerCount } from '../runtime/support/observerCount.ts'
import { VirtualTime } from '../runtime/support/VirtualTime.ts'
import * as arbitrary from './support/arbitraries.ts'
import { ProcessSnapshots, watchedDisk } from './support/Durable.ts'
import { eventsOf, hold, pushing, scripts, steps } from './support/deliveries.ts'
import { idsProjection } from './support/ids.ts'
import { callCounter, failing, Script } from './support/Script.ts'

const scenario = fc.record({
  steps,
  scripts,
  completes: fc.boolean(),
  hold,
  failures: arbitrary.failures(40),
  saves: arbitrary.saves,
  policy: arbitrary.policy,
  badLoads: arbitrary.wrongCalls,
  crashes: arbitrary.crashes,
})

type Scenario = typeof scenario extends fc.Arbitrary<infer Given> ? Given : never

/** A push source that plays its scripts, one for each subscription. */
function sourceOf(time: VirtualTime, given: Scenario) {
  const events = eventsOf(given.steps)
  const script = new Script(given.scripts)
  const subscriptions: { readonly observers: number }[] = []
  return {
    all: events.map(({ id }) => id),
    source: (after: number) => {
      const counted = observerCount(pushing(time, events, script.next(), after, given.completes))
      subscriptions.push(counted)
      return counted.observable
    },
    listeners: () => subscriptions.reduce((sum, { observers }) => sum + observers, 0),
  }
}

const retry = { delay: 5, entropy: 3 }

describe('behind a push source', () => {
  test('startProjection ends in the pure fold, whatever comes twice, early, late or not at all, fails or crashes', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (given) => {
        const time = new VirtualTime()
        const { all, source, listeners } = sourceOf(time, given)
        const expectedAt = (offset: number): number[] => all.filter((id) => id <= offset)
        const faults: string[] = []
        const disk = watchedDisk(memory().snapshots, expectedAt, (why) => faults.push(why))
        const projection = idsProjection(failing(given.failures))
        const saves = new Script(given.saves)
        const loadFails = callCounter(given.badLoads)

        const run = () => {
          const snapshots = new ProcessSnapshots(time, disk, saves, loadFails)
          const handle = startProjection(projection, {
            source,
            snapshots,
            scheduler: time,
            snapshotEvery: given.policy.every,
            snapshotAfter: given.policy.after,
            handlerFailures: Infinity,
            retry,
            random: () => 0.5,
            ...(given.hold && { hold: given.hold }),
          })
          let last = -1
          handle.state$.subscribe({
            next: (state) => {
              const { offset } = handle.current!
              if (offset <= last) faults.push(`state$ went from ${last} to ${offset}`)
              last = offset
              if (String(state) !== String(expectedAt(offset))) faults.push(`[${state}] at ${offset}`)
            },
            error: (error: unknown) => faults.push(`faulted: ${error}`),
          })
          let position = -1
          handle.position$.subscribe((next) => {
            if (next <= position) faults.push(`position$ went from ${position} to ${next}`)
            position = next
            if (next !== handle.current?.offset)
              faults.push(`position ${next} with a state of ${handle.current?.offset}`)
          })
          return { handle, snapshots }
        }

        let running = run()
        for (const { at, lands } of given.crashes) {
          time.runTo(at)
          running.snapshots.die(lands)
          running.handle.stop({ timeout: 0 }).catch(() => undefined)
          time.runNow()
          if (listeners() !== 0) faults.push('a crash left a subscription')
          running = run()
        }
        time.runTo(20_000)
        expect(running.handle.current?.state).toEqual(all)
        const stopped = running.handle.stop()
        time.runTo(30_000)
        await stopped
        expect(faults.slice(0, 3)).toEqual([])
        expect([time.timers, listeners()]).toEqual([0, 0])
      }),
      { numRuns: 1_000 },
    )
  })

  test('startProjector handles every event at least once, in order, and none again whose position is stored', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (given) => {
        const time = new VirtualTime()
        const { all, source, listeners } = sourceOf(time, given)
        const disk = memory().positions
        const stored = (): number => disk.load('p') as number
        const faults: string[] = []
        const effects: number[] = []
        const fail = failing(given.failures)
        const saves = new Script(given.saves)
        const loadFails = callCounter(given.badLoads)
        const projector = defineProjector({
          name: 'p',
          process: ({ id }: LogEvent) => {
            if (id <= stored()) faults.push(`${id} was handled when ${stored()} was stored`)
            effects.push(id)
            fail(id)
          },
        })

        const run = () => {
          let dead = false
          const positions: typeof disk = {
            load(name) {
              if (loadFails()) throw new Error('the load fails')
              return disk.load(name)
            },
            save(...save) {
              const { takes, fails } = saves.next() ?? { takes: 0, fails: false }
              const end = (): void => {
                if (fails || dead) throw new Error('the save fails')
                disk.save(...save)
              }
              return takes === 0 ? end() : Later.after(time, takes, end)
            },
          }
          const handle = startProjector(projector, {
            source,
            positions,
            scheduler: time,
            retry,
            random: () => 0.5,
            ...(given.hold && { hold: given.hold }),
          })
          handle.position$.subscribe({ error: (error: unknown) => faults.push(`faulted: ${error}`) })
          const die = (): void => {
            dead = true
          }
          return { handle, die }
        }

        let running = run()
        for (const { at } of given.crashes) {
          time.runTo(at)
          running.die()
          running.handle.stop({ timeout: 0 }).catch(() => undefined)
          time.runNow()
          running = run()
        }
        time.runTo(20_000)
        await running.handle.stop()
        expect(faults.slice(0, 3)).toEqual([])
        let highest = 0
        for (const id of effects) {
          if (id <= highest) continue
          expect(id).toBe(all.find((next) => next > highest))
          highest = id
        }
        expect([highest, stored()]).toEqual([all.at(-1), all.at(-1)])
        expect([time.timers, listeners()]).toEqual([0, 0])
      }),
      { numRuns: 800 },
    )
  })
})
