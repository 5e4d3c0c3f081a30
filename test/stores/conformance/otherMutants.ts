import { memory, type OpenStore, PositionConflictError, type Snapshot, type SnapshotStore } from 'rx-projection'
import { sqlite } from 'rx-projection/sqlite'
import { NEVER, Subject } from 'rxjs'
import { files, newFileStore } from '../support/files.ts'
import { type Mutants, wrong, wrongPositions, wrongSnapshots } from './mutant.ts'

/** Snapshots that are found by a key made wrongly. */
function keyed(keyOf: (name: string, version: number) => readonly [string, number]) {
  return wrongSnapshots(({ load, save }) => ({
    load: (name: string, version: number) => load(...keyOf(name, version)),
    save: (name: string, version: number, snapshot: Snapshot<unknown>) => save(...keyOf(name, version), snapshot),
  }))
}

export const snapshotMutants: Mutants = {
  'where no snapshot is stored there is none': wrongSnapshots(({ load }) => ({
    load: (name: string, version: number) => load(name, version) ?? { offset: 0, state: {} },
  })),
  'a snapshot comes back as it went in': wrongSnapshots(({ load }) => ({
    load(name: string, version: number) {
      const snapshot = load(name, version) as Snapshot<unknown> | undefined
      return snapshot && { ...snapshot, state: snapshot.state || {} }
    },
  })),
  'the newest snapshot is the one that is loaded': wrongSnapshots(() => {
    const stored = new Map<string, unknown>()
    return {
      save: (_name: string, _version: number, { offset, state }: Snapshot<unknown>) => stored.set(`${offset}`, state),
      load() {
        const offset = [...stored.keys()].sort().at(-1)!
        return { offset: Number(offset), state: stored.get(offset) }
      },
    }
  }),
  'a snapshot with an earlier offset changes nothing': wrongSnapshots((snapshots) => ({
    save(name: string, version: number, snapshot: Snapshot<unknown>) {
      snapshots.delete(name, version)
      snapshots.save(name, version, snapshot)
    },
  })),
  'a snapshot with the same offset replaces the stored one': wrongSnapshots(({ load, save }) => ({
    save(name: string, version: number, snapshot: Snapshot<unknown>) {
      const stored = load(name, version) as Snapshot<unknown> | undefined
      if (stored?.offset !== snapshot.offset) save(name, version, snapshot)
    },
  })),
  'a save has captured the state when the call returns': wrongSnapshots(({ save }) => ({
    async save(name: string, version: number, snapshot: Snapshot<unknown>) {
      await Promise.resolve()
      save(name, version, snapshot)
    },
  })),
  'each load gives fresh objects': wrongSnapshots(({ load }) => {
    const cache = new Map<string, unknown>()
    return {
      load(name: string, version: number) {
        if (!cache.has(name)) cache.set(name, load(name, version))
        return cache.get(name)
      },
    }
  }),
  'names and versions are kept apart': keyed((name) => [name, 1]),
  'a delete forgets the snapshots of its name and version, and no others': wrongSnapshots((snapshots) => ({
    delete(name: string) {
      for (const version of [1, 2]) snapshots.delete(name, version)
    },
  })),
  'after a delete a save starts from nothing': wrongSnapshots(({ save }) => {
    let highest = 0
    return {
      save(name: string, version: number, snapshot: Snapshot<unknown>) {
        if (snapshot.offset < highest) return
        highest = snapshot.offset
        save(name, version, snapshot)
      },
    }
  }),
  'a state that JSON would change is refused, and the stored snapshot stays': wrongSnapshots(({ save }) => ({
    save: (name: string, version: number, { offset, state }: Snapshot<unknown>) =>
      save(name, version, { offset, state: JSON.parse(JSON.stringify(state) ?? 'null') }),
  })),
  'the arguments of snapshots are checked': keyed((name, version) => [name || 'a', Math.trunc(version) || 1]),
}

/** A file's store that does not go on to the next older snapshot. */
function undecodable(load: (store: OpenStore) => SnapshotStore['load']) {
  return {
    ...files,
    open() {
      const store = newFileStore()
      return { ...store, snapshots: { ...store.snapshots, load: load(store) } }
    },
  }
}

export const brokenSnapshotMutants: Mutants = {
  'a snapshot that cannot be decoded is reported, and the next older one is used': undecodable(
    ({ snapshots }) =>
      (name, version, options) => {
        let broken = false
        const loaded = snapshots.load(name, version, {
          onUndecodable(error) {
            broken = true
            options?.onUndecodable?.(error)
          },
        })
        return broken ? undefined : loaded
      },
  ),
  'where no snapshot can be decoded there is none': undecodable(({ snapshots }) => (name, version) => {
    return snapshots.load(name, version, {
      onUndecodable(error) {
        throw error
      },
    })
  }),
}

export const positionMutants: Mutants = {
  'where no position is stored it is 0': wrongPositions(({ load }) => ({
    load: (name: string) => load(name) || undefined,
  })),
  'a position comes back as it went in, apart for each name': wrongPositions(({ load, save }) => ({
    load: (name: string) => load(name.slice(0, 255)),
    save: (name: string, position: number) => save(name.slice(0, 255), position),
  })),
  'a position can be set to any other, also back': wrongPositions(({ load, save }) => ({
    save: (name: string, position: number) => save(name, Math.max(position, load(name) as number)),
  })),
  'a save that expects the stored position moves it': wrongPositions(({ load, save }) => ({
    save(name: string, position: number, { expected = 0 } = {}) {
      if (expected !== 0) throw new PositionConflictError({ projector: name, expected, actual: load(name) as number })
      save(name, position)
    },
  })),
  'a save that expects another position is a PositionConflictError, and nothing is saved': wrongPositions(
    ({ save }) => ({ save: (name: string, position: number) => save(name, position) }),
  ),
  'of concurrent saves that expect the same position, exactly one is stored': wrongPositions(({ load, save }) => ({
    async save(name: string, position: number, { expected = 0 } = {}) {
      const actual = load(name) as number
      await Promise.resolve()
      if (expected !== actual) throw new PositionConflictError({ projector: name, expected, actual })
      save(name, position)
    },
  })),
  'the arguments of positions are checked': wrongPositions(({ save }) => ({
    save: (name: string, position: number) => save(name, Math.max(0, Math.trunc(position) || 0)),
  })),
}

function sqliteWithout(change: (store: OpenStore) => Partial<OpenStore>) {
  return {
    open(): OpenStore {
      const store: OpenStore = sqlite(':memory:')
      return { ...store, ...change(store) }
    },
  }
}

export const transactionMutants: Mutants = {
  'a transaction commits when its work has ended, and gives its result': sqliteWithout(({ transactions }) => ({
    transactions: {
      run(work) {
        transactions!.run(work)
        return undefined as never
      },
    },
  })),
  'a transaction whose work throws leaves nothing behind': sqliteWithout(({ positions }) => ({
    transactions: { run: (work) => work({ context: undefined, positions }) },
  })),
}

const shared = memory()

export const lifetimeMutants: Mutants = {
  'a new store is empty, and apart from others': { open: () => ({ ...shared, [Symbol.asyncDispose]: async () => {} }) },
  'a store is a plain object of facets, which can be mixed': { open: () => Object.create(memory()) as OpenStore },
  'after its disposal every call fails with a StoreError that no retry helps': wrong(() => ({
    [Symbol.asyncDispose]: async () => {},
  })),
  'a disposal is no error to who takes hints': wrong((store) => {
    const hints$ = new Subject<unknown>()
    return {
      events: { ...store.events, hints$ },
      [Symbol.asyncDispose]: async () => {
        await store[Symbol.asyncDispose]()
        hints$.error(new Error('closed'))
      },
    }
  }),
  'a second disposal does nothing': wrong((store) => {
    let disposals = 0
    return {
      [Symbol.asyncDispose]: async () => {
        if (++disposals > 1) throw new Error('closed already')
        await store[Symbol.asyncDispose]()
      },
    }
  }),
}

const forgetful = { ...files, openAgain: () => newFileStore() }

export const reopeningMutants: Mutants = {
  'what was stored is there when a store is opened again': {
    ...files,
    openAgain: async (store) => ({ ...(await files.openAgain!(store)), snapshots: memory().snapshots }),
  },
  'positions and revisions go on when a store is opened again': forgetful,
  'two openings of one store see each other': {
    ...files,
    openAgain: async (store) => ({ ...(await files.openAgain!(store)), events: { ...memory().events, hints$: NEVER } }),
  },
}
