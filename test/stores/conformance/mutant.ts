import type { EventType } from 'rx-projection'
import { type LogPage, memory, type OpenStore, type ReadOptions, type Recorded } from 'rx-projection'
import type { StoreOpener } from 'rx-projection/testing'

/** Wrong stores, by the name of the check that has to find each of them out. */
export type Mutants = Readonly<Record<string, StoreOpener>>

export type StoredEvent = Recorded<EventType>

/** A memory store with something wrong about it. */
export function wrong(change: (store: OpenStore) => Partial<OpenStore>): StoreOpener {
  return {
    open() {
      const store = memory()
      return { ...store, ...change(store) }
    },
  }
}

/** A memory store with something wrong about its log. */
export function wrongLog(change: (log: OpenStore['events']) => Partial<OpenStore['events']>): StoreOpener {
  return wrong(({ events }) => ({ events: { ...events, ...change(events) } }))
}

/** A memory store that spoils the pages of its log. */
export function wrongPages(change: (page: LogPage, options: ReadOptions) => Partial<LogPage>): StoreOpener {
  return wrongLog((log) => ({
    read(options) {
      const page = log.read(options) as LogPage
      return { ...page, ...change(page, options) }
    },
  }))
}

/** A memory store that spoils each event that it hands out. */
export function wrongEvents(change: (event: StoredEvent) => object): StoreOpener {
  return wrongPages(({ events }) => ({ events: events.map((event) => ({ ...event, ...change(event) })) }))
}

/** A memory store with something wrong about its snapshots. */
export function wrongSnapshots(change: (snapshots: OpenStore['snapshots']) => object): StoreOpener {
  return wrong(({ snapshots }) => ({ snapshots: { ...snapshots, ...change(snapshots) } }))
}

/** A memory store with something wrong about its positions. */
export function wrongPositions(change: (positions: OpenStore['positions']) => object): StoreOpener {
  return wrong(({ positions }) => ({ positions: { ...positions, ...change(positions) } }))
}
