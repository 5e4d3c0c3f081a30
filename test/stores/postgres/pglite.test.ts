import { PGlite } from '@electric-sql/pglite'
import { startProjector } from 'rx-projection'
import { postgres } from 'rx-projection/postgres'
import { storeConformance } from 'rx-projection/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { VirtualTime } from '../../runtime/support/VirtualTime.ts'
import { pagedLedger } from './support/ledger.ts'
import { pgliteStores } from './support/openers.ts'

const event = { type: 'A', payload: 1 }

describe('postgres() on PGlite conforms', () => {
  let db: PGlite
  beforeAll(async () => {
    db = await PGlite.create()
  }, 180_000)
  afterAll(() => db?.close())

  test('a projector writes each event once, in the transaction that moves its position', async () => {
    await db.exec('CREATE TABLE sent (event int)')
    await using store = postgres({ pool: db })
    for (let number = 0; number < 3; number++) await store.events.append('a', [event])
    const projector = startProjector(pagedLedger('sent'), { store })
    await projector.whenProcessed(3)
    await db.transaction(async (transaction) => {
      await store.events.appendWithin(transaction, 'a', [event])
    })
    await projector.whenProcessed(4)
    await projector.stop()
    expect((await db.query('SELECT event FROM sent ORDER BY 1')).rows).toEqual(
      [1, 2, 3, 4].map((id) => ({ event: id })),
    )
  })

  test('an append within a transaction of a store that is not open is refused, where it would wait for ever', async () => {
    await using store = postgres({ pool: db, schema: 'not_open' })
    await db.transaction(async (transaction) => {
      const appended = store.events.appendWithin(transaction, 'a', [event])
      await expect(appended).rejects.toThrow(/call open\(\) before the first transaction/)
    })
  })

  test('a read within a transaction of the application, through the store, ends after the patience', async () => {
    const time = new VirtualTime()
    await using store = postgres({ pool: db, schema: 'patient', patience: 70, scheduler: time })
    await store.open()
    await db.transaction(async () => {
      const { signal } = new AbortController()
      const error = store.events.read({ after: 0, limit: 1, signal }).catch((reason: unknown) => reason)
      await time.passTo(70)
      expect(await error).toMatchObject({ name: 'TimeoutError', timeout: 70, retryable: true })
    })
    expect(await store.events.read({ after: 0, limit: 1 })).toEqual({ events: [], through: 0, head: 0 })
  })

  for (const { name, run } of storeConformance(pgliteStores(() => db))) test(name, run)
})
