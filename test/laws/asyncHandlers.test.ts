import fc from 'fast-check'
import { defineProjection, defineProjector, type LogPage, startProjection, startProjector } from 'rx-projection'
import { describe, expect, test } from 'vitest'
import { Later } from '../runtime/support/Later.ts'
import { storeWith } from '../runtime/support/notes.ts'
import { watch } from '../runtime/support/record.ts'
import { VirtualTime } from '../runtime/support/VirtualTime.ts'
import * as arbitrary from './support/arbitraries.ts'
import { ProcessSnapshots, watchedDisk } from './support/Durable.ts'
import type { Ids, Noted } from './support/ids.ts'
import { Log } from './support/Log.ts'
import { callCounter, failing, Script } from './support/Script.ts'

const scenario = fc.record({
  appends: arbitrary.appends,
  streams: arbitrary.streams,
  pageSize: arbitrary.pageSize,
  brokenReads: arbitrary.wrongCalls,
  failures: arbitrary.failures(40),
  saves: arbitrary.saves,
  policy: arbitrary.policy,
  /** How long reads and handlers take, in ms; 0: they answer at once. */
  readTakes: fc.constantFrom(0, 0, 3, 11),
  handlerTakes: fc.constantFrom(0, 2, 7),
  waits: arbitrary.times,
  stopAt: fc.integer({ min: 0, max: 500 }),
})

type Scenario = typeof scenario extends fc.Arbitrary<infer Given> ? Given : never

/** A log whose reads take a while. */
function slowLog(time: VirtualTime, given: Scenario) {
  const store = storeWith(0)
  const log = new Log(store, { broken: callCounter(given.brokenReads), holes: () => false })
  log.plan(time, given.appends)
  const { events } = log
  const slow: typeof events = {
    ...events,
    read(options) {
      const page = events.read(options) as LogPage
      return given.readTakes === 0 ? page : Later.after(time, given.readTakes, () => page)
    },
  }
  return { store, log, events: slow }
}

const retry = { delay: 5, entropy: 3 }

describe('with handlers and reads that take their time', () => {
  test('a projection ends in the pure fold; a wait sees what was there before it; a stop keeps what was folded', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (given) => {
        const { streams, pageSize, policy, handlerTakes } = given
        const time = new VirtualTime()
        const { store, log, events } = slowLog(time, given)
        const faults: string[] = []
        const expectedAt = (offset: number): number[] => log.expectedAt(streams, offset)
        const disk = watchedDisk(store.snapshots, expectedAt, (why) => faults.push(why))
        const saves = new Script(given.saves)
        const fail = failing(given.failures)
        let inHand = 0
        const projection = defineProjection<Ids, Noted>({
          name: 'ids',
          initialState: () => [],
          on: {
            Noted: (state, { id }) => {
              if (++inHand > 1) faults.push(`${inHand} handlers at once`)
              const end = (): Ids => {
                inHand--
                fail(id)
                return [...state, id]
              }
              return handlerTakes === 0 ? end() : Later.after(time, handlerTakes, end)
            },
          },
        })
        const start = () =>
          startProjection(projection, {
            store: { events, snapshots: new ProcessSnapshots(time, disk, saves, () => false) },
            scheduler: time,
            pageSize,
            catchUpAfter: 200,
            snapshotEvery: policy.every,
            snapshotAfter: policy.after,
            handlerFailures: Infinity,
            retry,
            random: () => 0.5,
            ...(streams && { streams }),
          })
        const first = start()
        let last = -1
        first.state$.subscribe((state) => {
          if (state.length <= last) faults.push(`state$ went from ${last} to ${state.length} events`)
          last = state.length
        })
        for (const at of given.waits) {
          time.at(at, () => {
            const before = log.expectedAt(streams)
            const see = (state: Ids): void => {
              if (before.some((id) => !state.includes(id))) faults.push(`[${state}] does not have all of [${before}]`)
            }
            first.state({ timeout: Infinity }).then(see, () => undefined)
          })
        }
        await time.passTo(given.stopAt)
        const stopped = watch(first.stop())
        // A handler in hand and two saves at the most: the one in flight, and the last one.
        await time.passTo(given.stopAt + 100)
        expect(stopped.state).toBe('resolved')
        expect(log.listeners()).toBe(0)
        const second = start()
        await time.passTo(12_000)
        expect(second.current?.state).toEqual(log.expectedAt(streams))
        expect(second.current!.offset).toBeGreaterThanOrEqual(first.current?.offset ?? 0)
        const ended = watch(second.stop())
        await time.passTo(12_100)
        expect([ended.state, time.timers, log.listeners()]).toEqual(['resolved', 0, 0])
        expect(faults.slice(0, 3)).toEqual([])
      }),
      { numRuns: 300 },
    )
  })

  test('a projector handles every event at least once, one at a time, and stores what it handled', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (given) => {
        const { streams, pageSize, handlerTakes } = given
        const time = new VirtualTime()
        const { store, log, events } = slowLog(time, given)
        const faults: string[] = []
        const saves = new Script(given.saves)
        const fail = failing(given.failures)
        const handled: number[] = []
        let inHand = 0
        const projector = defineProjector<Noted>({
          name: 'p',
          process: ({ id }) => {
            if (++inHand > 1) faults.push(`${inHand} handlers at once`)
            if (id <= (store.positions.load('p') as number)) faults.push(`${id} was handled again`)
            const end = (): void => {
              inHand--
              fail(id)
              handled.push(id)
            }
            return handlerTakes === 0 ? end() : Later.after(time, handlerTakes, end)
          },
        })
        const positions: typeof store.positions = {
          load: store.positions.load,
          save(...save) {
            const { takes, fails } = saves.next() ?? { takes: 0, fails: false }
            const end = (): void => {
              if (fails) throw new Error('the save fails')
              store.positions.save(...save)
            }
            return takes === 0 ? end() : Later.after(time, takes, end)
          },
        }
        const start = () =>
          startProjector(projector, {
            store: { events, positions },
            scheduler: time,
            pageSize,
            catchUpAfter: 200,
            retry,
            random: () => 0.5,
            ...(streams && { streams }),
          })
        const first = start()
        await time.passTo(given.stopAt)
        const stopped = watch(first.stop())
        await time.passTo(given.stopAt + 100)
        expect([stopped.state, log.listeners(), inHand]).toEqual(['resolved', 0, 0])
        const second = start()
        await time.passTo(12_000)
        const ended = watch(second.stop())
        await time.passTo(12_100)
        expect([ended.state, time.timers, log.listeners()]).toEqual(['resolved', 0, 0])
        expect(faults.slice(0, 3)).toEqual([])
        const expected = log.expectedAt(streams)
        expect([...new Set(handled)]).toEqual(expected)
        expect(store.positions.load('p')).toBe(expected.at(-1) ?? 0)
      }),
      { numRuns: 300 },
    )
  })
})
