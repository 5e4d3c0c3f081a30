import fc from 'fast-check'
import { type OpenStore, startProjection } from 'rx-projection'
import {
  type AnyProjection,
  ensureSequential,
  followLog,
  hydrate,
  lastSnapshot,
  onlyForward,
  retryWithJitter,
  scanProjection,
  snapshotAfter,
  snapshotEvery,
  snapshotWriter,
} from 'rx-projection/operators'
import { describe, expect, test } from 'vitest'
import { storeWith } from '../runtime/support/notes.ts'
import { VirtualTime } from '../runtime/support/VirtualTime.ts'
import * as arbitrary from './support/arbitraries.ts'
import { ProcessSnapshots } from './support/Durable.ts'
import { type Ids, idsProjection } from './support/ids.ts'
import { Log } from './support/Log.ts'
import { callCounter, failing, Script } from './support/Script.ts'

const scenario = fc.record({
  /** How many events there are before anything runs, and up to where a snapshot is stored. */
  before: fc.integer({ min: 0, max: 12 }),
  stored: fc.integer({ min: 0, max: 12 }),
  appends: fc.oneof(arbitrary.appends, fc.constant([])),
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
type Scenario = typeof scenario extends fc.Arbitrary<infer S> ? S : never

/** What was published: when, up to which event, and the state. */
type Published = readonly (readonly [at: number, offset: number, state: Ids])[]

interface World {
  readonly time: VirtualTime
  readonly projection: AnyProjection<Ids>
  readonly store: Pick<OpenStore, 'snapshots'> & { readonly events: Log['events'] }
  readonly given: Scenario
}

const retry = { delay: 7, entropy: 4 }
const random = (): number => 0.5

/** The pipeline as the README writes it. It returns what ends it. */
function byHand({ time, projection, store, given }: World, publish: (offset: number, state: Ids) => void) {
  const { snapshots } = store
  const writer = snapshotWriter<Ids>((snapshot) => snapshots.save('ids', 1, snapshot), { onError: () => undefined })
  const { pageSize, catchUpAfter, policy } = given
  const pipeline$ = hydrate(
    lastSnapshot(store, projection),
    (snapshot) =>
      followLog(store, { after: snapshot.offset, mark: snapshot.mark, pageSize, catchUpAfter }, time).pipe(
        ensureSequential({ after: snapshot.offset }, time),
        scanProjection(projection, snapshot, { marks: true }),
        snapshotEvery(policy.every, writer),
        snapshotAfter(policy.after, writer, {}, time),
      ),
    { emitLoaded: true },
  ).pipe(retryWithJitter(retry, random, time), onlyForward())
  const starting = time.schedule(() => {
    starting.add(pipeline$.subscribe(({ offset, state }) => publish(offset, state)))
  })
  return () => starting.unsubscribe()
}

function byRuntime({ time, projection, store, given }: World, publish: (offset: number, state: Ids) => void) {
  const handle = startProjection(projection, {
    store,
    scheduler: time,
    random,
    retry,
    pageSize: given.pageSize,
    catchUpAfter: given.catchUpAfter,
    snapshotEvery: given.policy.every,
    snapshotAfter: given.policy.after,
    paceSaves: false,
    handlerFailures: Infinity,
    onError: () => undefined,
  })
  handle.state$.subscribe((state) => publish(handle.current!.offset, state))
  return () => void handle.stop({ timeout: 0 }).catch(() => undefined)
}

/** What is published over some crashes, each of which is followed by another start. */
function play(given: Scenario, start: typeof byHand): readonly Published[] {
  const time = new VirtualTime()
  const disk = storeWith(given.before)
  const stored = Math.min(given.stored, given.before)
  const log = new Log(disk, { broken: callCounter(given.brokenReads), holes: callCounter(given.holes) })
  log.plan(time, given.appends)
  const upToStored = Array.from({ length: stored }, (_, index) => index + 1)
  if (stored > 0) disk.snapshots.save('ids', 1, { offset: stored, state: upToStored })
  const projection = idsProjection(failing(given.failures))
  const saves = new Script(given.saves)
  const loadFails = callCounter(given.badLoads)
  const runs: (readonly [number, number, Ids])[][] = []
  for (const { at, lands } of [...given.crashes, { at: 1_500, lands: false }]) {
    const snapshots = new ProcessSnapshots(time, disk.snapshots, saves, loadFails)
    const published: (readonly [number, number, Ids])[] = []
    runs.push(published)
    const world = { time, projection, store: { events: log.events, snapshots }, given }
    const end = start(world, (offset, state) => published.push([time.frame, offset, state]))
    time.runTo(Math.max(time.frame, at))
    snapshots.die(lands)
    end()
    time.runNow()
  }
  return runs
}

const plain: Scenario = {
  before: 5,
  stored: 0,
  appends: [],
  pageSize: 2,
  catchUpAfter: 30,
  brokenReads: [],
  holes: [],
  badLoads: [],
  failures: [],
  saves: [],
  policy: { every: Infinity, after: Infinity },
  crashes: [],
}

describe('the pipeline made by hand and startProjection publish the same, at the same time', () => {
  const offsets = (runs: readonly Published[]) => runs.map((run) => run.map(([, offset]) => offset))

  test.each<[what: string, given: Scenario, published: readonly (readonly number[])[]]>([
    ['the initial state of an empty log', { ...plain, before: 0 }, [[0]]],
    ['a state for each page of history', plain, [[0, 2, 4, 5]]],
    [
      'the stored state of a quiet log, after a restart',
      { ...plain, stored: 5, crashes: [{ at: 9, lands: true }] },
      [[5], [5]],
    ],
    ['nothing again after a retry that goes back', { ...plain, failures: [[5, 2]] }, [[0, 2, 4, 5]]],
    [
      'nothing again where a retry goes back to a snapshot',
      { ...plain, stored: 1, failures: [[5, 2]] },
      [[1, 3, 4, 5]],
    ],
  ])('%s', (_, given, published) => {
    expect(offsets(play(given, byHand))).toEqual(published)
    expect(play(given, byRuntime)).toEqual(play(given, byHand))
  })

  test('whatever fails, is late, or crashes', () => {
    let published = 0
    fc.assert(
      fc.property(scenario, (given) => {
        const runs = play(given, byHand)
        for (const run of runs) {
          published += run.length
          expect(run.map(([, offset]) => offset)).toEqual(
            [...new Set(run.map(([, offset]) => offset))].sort((a, b) => a - b),
          )
        }
        expect(play(given, byRuntime)).toEqual(runs)
      }),
      { numRuns: 500 },
    )
    expect(published).toBeGreaterThan(1_000)
  })
})
