import { initialSnapshot, type OpenStore, openStore, partitionOf, type Recorded, replay } from 'rx-projection'
import { onTestFinished } from 'vitest'
import { type Added, type Seen, seen } from './seen.ts'
import type { Stored } from './workers.ts'

const streams = Array.from({ length: 24 }, (_, index) => `stream-${index}`)

/** Opens a store for a test. */
export async function open(url: string): Promise<Stored> {
  const store = await openStore(url)
  onTestFinished(() => store[Symbol.asyncDispose]())
  return store as Stored
}

/** Appends some events to each stream. */
export async function fillAll(store: OpenStore, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const appends = streams.map((stream) => store.events.append(stream, [{ type: 'Added', payload: round }]))
    // None is on its way any more, also when one fails.
    await Promise.allSettled(appends)
    await Promise.all(appends)
  }
}

/** Appends to all streams, again and again, until it is told to stop. */
export function keepFilling(store: OpenStore): { stop(): Promise<void> } {
  let on = true
  const filling = (async () => {
    while (on) await fillAll(store, 1)
  })()
  const stop = (): Promise<void> => {
    on = false
    return filling
  }
  onTestFinished(stop)
  return { stop }
}

/** All events of a log. */
export async function eventsOf(store: OpenStore): Promise<readonly Recorded<Added>[]> {
  const all: Recorded<Added>[] = []
  for (let after = 0; ; ) {
    const { events, through, head } = await store.events.read({ after, limit: 1_000 })
    all.push(...(events as readonly Recorded<Added>[]))
    if (through === head) return all
    after = through
  }
}

/** What the pure fold makes of the whole log. */
export async function foldOf(store: OpenStore): Promise<Seen> {
  return replay(seen, initialSnapshot(seen), await eventsOf(store)).state
}

/** The same of the events of one partition. */
export async function foldOfPartition(store: OpenStore, partition: number, partitions: number) {
  const own = (await eventsOf(store)).filter(({ stream }) => partitionOf(stream, partitions) === partition)
  const { offset, state } = replay(seen, initialSnapshot(seen), own)
  return { offset, state }
}
