import { type LeaseStore, type LogPage, memory, type OpenStore, startPartitioned } from 'rx-projection'
import { expect } from 'vitest'
import { record } from '../../runtime/support/record.ts'
import type { VirtualTime } from '../../runtime/support/VirtualTime.ts'
import { type Seen, seen } from './seen.ts'

export type Stored = OpenStore & { readonly leases: LeaseStore }

/** A store on the clock of a test. */
export const storeOn = (time: VirtualTime): Stored => memory({ now: () => new Date(time.frame).toISOString() })

const streams = Array.from({ length: 40 }, (_, index) => `stream-${index}`)

/** Appends events to streams, one to each in turn. */
export function fill(store: OpenStore, count: number, from = 0): void {
  for (let n = from; n < from + count; n++) {
    store.events.append(streams[(n * 7) % streams.length]!, [{ type: 'Added', payload: n }])
  }
}

/** What each stream has to show. */
export function expected(store: OpenStore): Seen {
  const { events } = store.events.read({ after: 0, limit: 1_000_000 }) as LogPage
  const all: Record<string, number[]> = {}
  for (const { stream, id } of events) all[stream] = [...(all[stream] ?? []), id]
  return all
}

/** A store that is out of reach of a worker from a moment on, as if its process had died. */
function mortal(store: Stored) {
  let dead = false
  const guard = <F extends object>(facet: F): F =>
    Object.fromEntries(
      Object.entries(facet).map(([name, call]) => [
        name,
        typeof call !== 'function'
          ? call
          : (...args: unknown[]) => {
              if (dead) throw new Error('dead')
              return call(...args)
            },
      ]),
    ) as F
  const { events, snapshots, positions, leases } = store
  return {
    store: { events: guard(events), snapshots: guard(snapshots), positions: guard(positions), leases: guard(leases) },
    die: () => {
      dead = true
    },
  }
}

export const ttl = 900

/** A worker of the tests' projection, and what it shows. */
export function startWorker(time: VirtualTime, store: Stored, more: object = {}) {
  const life = mortal(store)
  const errors: unknown[] = []
  const handle = startPartitioned(seen, {
    store: life.store,
    partitions: 16,
    ttl,
    scheduler: time,
    pageSize: 10,
    snapshotEvery: 5,
    catchUpAfter: 1_000,
    onError: (error) => errors.push(error),
    ...more,
  })
  const partitions = record(handle.partitions$)
  const states = record(handle.states$)
  return {
    handle,
    die: life.die,
    errors,
    partitions: () => partitions.values.at(-1) ?? [],
    states: () => states.values.at(-1) ?? new Map<number, Seen>(),
  }
}

type Worker = ReturnType<typeof startWorker>

/** The states of some workers in one: each stream may be there once. */
export function together(workers: readonly Worker[]): Seen {
  const states = workers.flatMap((worker) => [...worker.states().values()].flatMap(Object.entries))
  expect(new Set(states.map(([stream]) => stream)).size).toBe(states.length)
  return Object.fromEntries(states)
}
