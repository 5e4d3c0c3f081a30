import {
  defineProjection,
  defineProjector,
  type LeaseStore,
  type OpenStore,
  openStore,
  startPartitioned,
  startProjection,
  startProjector,
} from 'rx-projection'
import { filter, firstValueFrom } from 'rxjs'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { newFile } from '../../stores/support/folder.ts'
import { describeOnEngines } from '../../support/engines.ts'
import { append, type IdsState, type Noted, upTo } from '../support/notes.ts'

type Stored = OpenStore & { readonly leases: LeaseStore }

async function open(url: string): Promise<Stored> {
  const store = await openStore(url)
  onTestFinished(() => store[Symbol.asyncDispose]())
  return store as Stored
}

const projection = (version: number) =>
  defineProjection<IdsState, Noted>({
    name: 'mails',
    version,
    initialState: () => [],
    on: { Noted: (state, { id }) => [...state, id] },
  })

const projector = (version: number, handled: number[]) =>
  defineProjector<Noted, unknown>({ name: 'mails', version, process: ({ id }) => void handled.push(id) })

/** Facts of stores that processes share; each is opened several times, as several processes do. */
function facts(newStore: () => Promise<string>): void {
  test('both kinds in two versions of one name run side by side, exclusive', async () => {
    const url = await newStore()
    const store = await open(url)
    await append(store, 5)
    const handled: [number[], number[]] = [[], []]
    const runs = [
      startProjection(projection(1), { store: await open(url), exclusive: true }),
      startProjection(projection(2), { store: await open(url), exclusive: true }),
      startProjector(projector(1, handled[0]), { store, exclusive: true }),
      startProjector(projector(2, handled[1]), { store, exclusive: true }),
    ]
    for (const run of runs) await run.whenCaughtUp({ timeout: 30_000 })
    expect(handled).toEqual([upTo(5), upTo(5)])
    for (const run of runs) await run.stop()
  })

  test('both kinds in two versions of one name share partitions, each its own', async () => {
    const url = await newStore()
    const store = await open(url)
    for (const stream of ['a', 'b', 'c', 'd']) await append(store, 2, stream)
    const handled: [number[], number[]] = [[], []]
    const options = { store, partitions: 4 }
    const workers = [
      startPartitioned(projection(1), options),
      startPartitioned(projection(2), { ...options, partitions: 2 }),
      startPartitioned(projector(1, handled[0]), options),
      startPartitioned(projector(2, handled[1]), { ...options, partitions: 2 }),
    ]
    for (const [index, { partitions$ }] of workers.entries()) {
      const all = index % 2 === 0 ? 4 : 2
      await firstValueFrom(partitions$.pipe(filter((partitions) => partitions.length === all)))
    }
    for (const worker of workers) await worker.whenCaughtUp({ timeout: 30_000 })
    expect(handled.map((ids) => ids.toSorted((one, other) => one - other))).toEqual([upTo(8), upTo(8)])
    await Promise.all(workers.map((worker) => worker.stop({ timeout: 30_000 })))
  })

  test('a run waits for release 0.1.0, and that release for the run', async () => {
    const url = await newStore()
    const [store, older] = [await open(url), await open(url)]
    const asked = () => older.leases.acquire('mails', { owner: 'release 0.1.0', ttl: 60_000 })
    const held = await asked()
    const run = startProjection(projection(1), { store, exclusive: { ttl: 3_000, acquireEvery: 50 } })
    const standby = await firstValueFrom(run.telemetry$.pipe(filter(({ type }) => type.startsWith('lease.'))))
    expect(standby).toMatchObject({ type: 'lease.standby', lease: 'mails' })
    await older.leases.release(held!)
    await run.whenCaughtUp({ timeout: 30_000 })
    expect(await asked()).toBeUndefined()
    await run.stop()
    // Given back in the background.
    await vi.waitFor(async () => expect(await asked()).toMatchObject({ epoch: 3 }), { timeout: 20_000, interval: 20 })
  })
}

describe('on SQLite', { timeout: 60_000 }, () => facts(async () => `sqlite:${newFile()}`))

describeOnEngines('runs of one name', (on) => facts(() => on.newStore()))
