import { PGlite } from '@electric-sql/pglite'
import { storeConformance } from 'rx-projection/testing'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { pgliteStores } from './support/openers.ts'

describe('postgres() on PGlite conforms', () => {
  let db: PGlite
  beforeAll(async () => {
    db = await PGlite.create()
  }, 60_000)
  afterAll(() => db.close())

  for (const { name, run } of storeConformance(pgliteStores(() => db))) test(name, run)
})
