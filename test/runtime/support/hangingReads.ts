import type { LogPage, OpenStore } from 'rx-projection'
import { Later } from './Later.ts'
import { storeWith } from './notes.ts'

/** A store of two events whose reads never end from a given one on. */
export function hangingReads(from: number): OpenStore {
  const store = storeWith(2)
  let reads = 0
  const read: typeof store.events.read = (options) =>
    ++reads < from ? store.events.read(options) : Later.never<LogPage>()
  return { ...store, events: { ...store.events, read } }
}
