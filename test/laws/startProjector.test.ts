import fc from 'fast-check'
import {
  defineProjector,
  type LogEvent,
  type Projector,
  type ProjectorOptions,
  startProjector,
  type Transactions,
} from 'rx-projection'
import { describe, expect, test } from 'vitest'
import { Later } from '../runtime/support/Later.ts'
import { VirtualTime } from '../runtime/support/VirtualTime.ts'
import * as arbitrary from './support/arbitraries.ts'
import { Log } from './support/Log.ts'
import { callCounter, failing, Script } from './support/Script.ts'
import { stores } from './support/stores.ts'
import { transactionals } from './support/transactional.ts'

const scenario = fc.record({
  appends: arbitrary.appends,
  streams: arbitrary.streams,
  pageSize: arbitrary.pageSize,
  catchUpAfter: fc.integer({ min: 10, max: 60 }),
  brokenReads: arbitrary.wrongCalls,
  holes: arbitrary.wrongCalls,
  badLoads: arbitrary.wrongCalls,
  badCommits: arbitrary.wrongCalls,
  failures: arbitrary.failures(40),
  saves: arbitrary.saves,
  crashes: arbitrary.crashes,
  how: fc.constantFrom('event', 'page', 'processPage'),
})

/** Handles each event, in one of the three ways that there are. */
function handling(
  how: string,
  handle: (event: LogEvent, context: unknown) => void,
): Projector<{ type: string; payload: unknown }, unknown> {
  if (how === 'processPage') {
    return defineProjector<{ type: string; payload: unknown }>({
      name: 'p',
      processPage: (events, context) => {
        for (const event of events) handle(event, context)
      },
    })
  }
  return defineProjector<{ type: string; payload: unknown }>({
    name: 'p',
    transaction: how as 'event' | 'page',
    process: handle,
  })
}

const retry = { delay: 5, entropy: 3 }

/** Runs a projector to the end of a scenario, over its crashes; `start` begins one, and tells how to kill it. */
function play(
  time: VirtualTime,
  log: Log,
  crashes: readonly arbitrary.Crash[],
  start: () => { options: ProjectorOptions; projector: ReturnType<typeof handling>; die: (lands: boolean) => void },
  faults: string[],
) {
  const run = () => {
    const { options, projector, die } = start()
    const handle = startProjector(projector, options)
    let last = -1
    handle.position$.subscribe({
      next: (position) => {
        if (position <= last) faults.push(`position$ went from ${last} to ${position}`)
        last = position
      },
      error: (error: unknown) => faults.push(`faulted: ${error}`),
    })
    return { handle, die }
  }
  let running = run()
  for (const { at, lands } of crashes) {
    time.runTo(at)
    running.die(lands)
    running.handle.stop({ timeout: 0 }).catch(() => undefined)
    time.runNow()
    if (log.listeners() !== 0) faults.push('a crash left a subscription')
    running = run()
  }
  time.runTo(2_500)
  return running.handle
}

describe.each(stores)('startProjector over %s', (_, open, share) => {
  test('handles every event at least once, in order, and none again whose position is stored', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (given) => {
        const { streams, pageSize, catchUpAfter } = given
        const time = new VirtualTime()
        const store = open()
        const log = new Log(store, { broken: callCounter(given.brokenReads), holes: callCounter(given.holes) })
        log.plan(time, given.appends)
        const faults: string[] = []
        const effects: number[] = []
        const fail = failing(given.failures)
        const saves = new Script(given.saves)
        const loadFails = callCounter(given.badLoads)
        const stored = (): number => store.positions.load('p') as number

        const start = () => {
          let dead = false
          let landing = false
          const handle = ({ id }: LogEvent): void => {
            if (id <= stored()) faults.push(`${id} was handled when ${stored()} was stored`)
            effects.push(id)
            fail(id)
          }
          const positions: typeof store.positions = {
            load(name) {
              if (loadFails()) throw new Error('the load fails')
              return store.positions.load(name)
            },
            save(name, position, options) {
              if (dead) throw new Error('the process is dead')
              const { takes, fails } = saves.next() ?? { takes: 0, fails: false }
              const end = (): void => {
                if (fails) throw new Error('the save fails')
                if (dead && !landing) return
                const before = stored()
                store.positions.save(name, position, options)
                if (stored() <= before) faults.push(`the stored position went from ${before} to ${stored()}`)
              }
              return takes === 0 ? end() : Later.after(time, takes, end)
            },
          }
          const options: ProjectorOptions = {
            store: { events: log.events, positions },
            scheduler: time,
            pageSize,
            catchUpAfter,
            retry,
            random: () => 0.5,
            ...(streams && { streams }),
          }
          const die = (lands: boolean): void => {
            dead = true
            landing = lands
          }
          return { options, projector: handling(given.how, handle), die }
        }

        const handle = play(time, log, given.crashes, start, faults)
        const stopped = handle.stop()
        time.runTo(8_000)
        await stopped
        expect(faults.slice(0, 3)).toEqual([])
        const expected = log.expectedAt(streams)
        let highest = 0
        for (const id of effects) {
          if (id <= highest) continue
          expect(id).toBe(expected.find((next) => next > highest))
          highest = id
        }
        expect([highest, stored()]).toEqual([expected.at(-1) ?? 0, expected.at(-1) ?? 0])
        expect([time.timers, log.listeners()]).toEqual([0, 0])
        await store[Symbol.asyncDispose]()
      }),
      { numRuns: 800 * share },
    )
  })
})

describe.each(transactionals)('startProjector with %s', (_, open, share) => {
  test('writes every event exactly once, in order, with its position', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (given) => {
        const { streams, pageSize, catchUpAfter } = given
        const time = new VirtualTime()
        const { store, transactions, write, written } = open()
        const log = new Log(store, { broken: callCounter(given.brokenReads), holes: callCounter(given.holes) })
        log.plan(time, given.appends)
        const faults: string[] = []
        const fail = failing(given.failures)
        const loadFails = callCounter(given.badLoads)
        const commitFails = callCounter(given.badCommits)
        const stored = (): number => store.positions.load('p') as number

        const start = () => {
          let dead = false
          const guarded: Transactions<unknown> = {
            run(work) {
              if (dead) throw new Error('the process is dead')
              const result = transactions.run((transaction) => {
                const done = work(transaction)
                if (commitFails()) throw new Error('the commit fails')
                return done
              })
              const at = stored()
              if (String(written()) !== String(log.expectedAt(streams, at))) faults.push(`[${written()}] at ${at}`)
              return result
            },
          }
          const handle = ({ id }: LogEvent, context: unknown): void => {
            write(context, id)
            fail(id)
          }
          const positions: typeof store.positions = {
            save: store.positions.save,
            load(name) {
              if (loadFails()) throw new Error('the load fails')
              return store.positions.load(name)
            },
          }
          const options: ProjectorOptions = {
            store: { events: log.events, positions, transactions: guarded },
            scheduler: time,
            pageSize,
            catchUpAfter,
            retry,
            random: () => 0.5,
            ...(streams && { streams }),
          }
          const die = (): void => {
            dead = true
          }
          return { options, projector: handling(given.how, handle), die }
        }

        const handle = play(time, log, given.crashes, start, faults)
        await handle.stop()
        expect(faults.slice(0, 3)).toEqual([])
        expect(written()).toEqual(log.expectedAt(streams))
        expect(stored()).toBe(log.expectedAt(streams).at(-1) ?? 0)
        expect([time.timers, log.listeners()]).toEqual([0, 0])
        await store[Symbol.asyncDispose]()
      }),
      { numRuns: 600 * share },
    )
  })
})
