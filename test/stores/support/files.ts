import { DatabaseSync } from 'node:sqlite'
import type { OpenStore } from 'rx-projection'
import { sqlite } from 'rx-projection/sqlite'
import type { StoreOpener } from 'rx-projection/testing'
import { newFile } from './folder.ts'

const paths = new WeakMap<object, string>()

/** A SQLite store at a path. */
export function fileStore(path: string): OpenStore {
  const store = sqlite(path)
  paths.set(store.events, path)
  return store
}

/** A SQLite store in a file of its own. */
export function newFileStore(): OpenStore {
  return fileStore(newFile())
}

/** The path of a store that was opened here, also of one with that store's log. */
export function pathOf({ events }: OpenStore): string {
  return paths.get(events)!
}

/** SQLite stores in files of their own. */
export const files: StoreOpener = {
  open: newFileStore,
  openAgain: (store) => fileStore(pathOf(store)),
  breakSnapshot(store, name, version) {
    const db = new DatabaseSync(pathOf(store))
    db.prepare(
      `UPDATE rx_snapshots SET state = '{"cut' WHERE name = ?1 AND version = ?2
       AND "offset" = (SELECT max("offset") FROM rx_snapshots WHERE name = ?1 AND version = ?2)`,
    ).run(name, version)
    db.close()
  },
}
