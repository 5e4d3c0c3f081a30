import { DatabaseSync } from 'node:sqlite'
import type { OpenStore } from 'rx-projection'
import { sqlite } from 'rx-projection/sqlite'
import { type StoreOpener, storeConformance } from 'rx-projection/testing'
import { describe, test } from 'vitest'
import { newFile } from '../support/folder.ts'

const paths = new WeakMap<OpenStore, string>()

function openAt(path: string): OpenStore {
  const store = sqlite(path)
  paths.set(store, path)
  return store
}

const files: StoreOpener = {
  open: () => openAt(newFile()),
  openAgain: (store) => openAt(paths.get(store)!),
  breakSnapshot(store, name, version) {
    const db = new DatabaseSync(paths.get(store)!)
    db.prepare(
      `UPDATE rx_snapshots SET state = '{"cut' WHERE name = ?1 AND version = ?2
       AND "offset" = (SELECT max("offset") FROM rx_snapshots WHERE name = ?1 AND version = ?2)`,
    ).run(name, version)
    db.close()
  },
}

describe('sqlite() on a file conforms', () => {
  for (const { name, run } of storeConformance(files)) test(name, run)
})

describe('sqlite() in memory conforms', () => {
  for (const { name, run } of storeConformance({ open: () => sqlite(':memory:') as OpenStore })) test(name, run)
})
