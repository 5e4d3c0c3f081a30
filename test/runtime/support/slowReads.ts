import type { OpenStore } from 'rx-projection'
import { Later } from './Later.ts'
import type { VirtualTime } from './VirtualTime.ts'

/** A store whose reads take a while; a page holds what the log held when its read began. */
export function slowReads(time: VirtualTime, store: OpenStore, ms: number): OpenStore {
  const read: typeof store.events.read = (options) => {
    const page = store.events.read(options)
    return Later.after(time, ms, () => page)
  }
  return { ...store, events: { ...store.events, read } }
}
