import { setTimeout as pause } from 'node:timers/promises'
import {
  defineProjection,
  defineProjector,
  type ProjectionHandle,
  startProjection,
  startProjector,
} from 'rx-projection'
import { quantile } from '../harness/statistics.ts'
import { type BankEvent, newEvent, streamOf } from '../workload.ts'
import { inTurns } from '../writers.ts'
import type { Engine, Log } from './engines.ts'

/** One figure of an engine, as text. */
export interface Measure {
  readonly title: string
  measure(engine: Engine): Promise<string>
}

let logs = 0

async function withLog<T>(engine: Engine, connections: number, work: (log: Log) => Promise<T>): Promise<T> {
  const log = await engine.openLog(`log_${++logs}`, connections)
  try {
    return await work(log)
  } finally {
    await log.close()
  }
}

/** Appends single events, or batches, and tells how many events a second were stored. */
function appends(title: string, writers: number, size: number, streamFor: (id: number) => string): Measure {
  const count = size === 1 ? 4_000 : 400
  return {
    title,
    measure: (engine) =>
      withLog(engine, writers, async ({ store }) => {
        const append = (id: number) => {
          const events = Array.from({ length: size }, (_, index) => newEvent(id * size + index))
          return store.events.append(streamFor(id), events)
        }
        await inTurns(writers, count / 4, append)
        const ms = await inTurns(writers, count, append)
        return perSecond(count * size, ms)
      }),
  }
}

async function fill({ store }: Log, events: number): Promise<void> {
  await inTurns(16, events / 100, (batch) =>
    store.events.append(
      streamOf(batch),
      Array.from({ length: 100 }, (_, index) => newEvent(batch * 100 + index)),
    ),
  )
}

const count = defineProjection<number, BankEvent>({ name: 'count', initialState: () => 0, evolve: (n) => n + 1 })

const catchUp: Measure = {
  title: 'catch-up of a projection, 100 000 events',
  measure: (engine) =>
    withLog(engine, 16, async (log) => {
      await fill(log, 100_000)
      const times: number[] = []
      for (let run = 0; run < 3; run++) {
        const begun = performance.now()
        const handle = startProjection(count, { store: log.store, instance: `${run}`, snapshotEvery: Infinity })
        await handle.whenCaughtUp()
        times.push(performance.now() - begun)
        await handle.stop()
      }
      return perSecond(100_000, Math.min(...times))
    }),
}

const bytes: Measure = {
  title: 'disk, for an event with a payload of 30 bytes',
  measure: (engine) =>
    withLog(engine, 16, async (log) => {
      await inTurns(64, 20_000, (id) => log.store.events.append(streamOf(id), [newEvent(id)]))
      return `${Math.round((await log.bytes()) / 20_000)} bytes`
    }),
}

/** Some projections that follow live in this process: how long until all have seen an append. */
function followers(projections: number): Measure {
  return {
    title: `append → visible in all of ${projections} live projection${projections === 1 ? '' : 's'}, p50 / p99`,
    measure: (engine) =>
      withLog(engine, 16, async ({ store }) => {
        const handles: ProjectionHandle<number>[] = []
        for (let index = 0; index < projections; index++) {
          handles.push(startProjection(count, { store, instance: `${index}`, snapshotEvery: Infinity }))
        }
        await Promise.all(handles.map((handle) => handle.whenCaughtUp()))
        const latencies: number[] = []
        for (let id = 1; id <= 150; id++) {
          const begun = performance.now()
          const { position } = await store.events.append(streamOf(id), [newEvent(id)])
          await Promise.all(handles.map((handle) => handle.whenProcessed(position)))
          if (id > 50) latencies.push(performance.now() - begun)
          await pause(5)
        }
        await Promise.all(handles.map((handle) => handle.stop()))
        return `${quantile(latencies, 0.5).toFixed(1)} / ${quantile(latencies, 0.99).toFixed(1)} ms`
      }),
  }
}

/** A projector that only saves its position, event by event. */
const positions: Measure = {
  title: 'projector, a saved position for each event',
  measure: (engine) =>
    withLog(engine, 16, async (log) => {
      await fill(log, 3_000)
      const begun = performance.now()
      const handle = startProjector(defineProjector<BankEvent>({ name: 'none', process: () => undefined }), {
        store: { events: log.store.events, positions: log.store.positions },
      })
      await handle.whenCaughtUp()
      const ms = performance.now() - begun
      await handle.stop()
      return perSecond(3_000, ms)
    }),
}

function perSecond(events: number, ms: number): string {
  const rate = (events / ms) * 1_000
  const step = 10 ** Math.max(0, Math.floor(Math.log10(rate)) - 1)
  return `${(Math.round(rate / step) * step).toLocaleString('en')} events/s`
}

/** What is measured, in the order of the table. */
export const measures: readonly Measure[] = [
  appends('append, 1 writer', 1, 1, streamOf),
  appends('append, 16 writers', 16, 1, streamOf),
  appends('append, 64 writers', 64, 1, streamOf),
  appends('append, 16 writers to one stream', 16, 1, () => 'one'),
  appends('append, 4 writers, 100 events each time', 4, 100, streamOf),
  catchUp,
  followers(1),
  followers(50),
  positions,
  bytes,
]
