import { defineProjection, defineProjector, type EventType, startProjection, startProjector } from 'rx-projection'
import { type PostgresContext, postgres } from 'rx-projection/postgres'
import { expect, test, vi } from 'vitest'
import { openHalf } from './support/halfOpenStore.ts'
import { describeOnServer } from './support/onServer.ts'
import { newTable } from './support/tables.ts'

const event = { type: 'A', payload: 1 }

const SLEEPING = `SELECT FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'`

const counted = defineProjection<number, EventType>({
  name: 'counted',
  initialState: () => 0,
  evolve: (count) => count + 1,
})

describeOnServer('a connection of a run whose other end is gone without a word', (on) => {
  test('does not end a handler that takes longer than the patience', async () => {
    const table = await newTable(on)
    const { time, store } = await openHalf(on, { patience: 50 })
    const { position } = await store.events.append('a', [event])
    const slow = startProjector(
      defineProjector<EventType, PostgresContext>({
        name: 'slow',
        process: async (_event, { client }) => {
          const sleeping = client.query('SELECT pg_sleep(0.5)')
          await vi.waitFor(async () => expect((await on.run(SLEEPING)).rowCount).toBe(1))
          await time.passTo(time.now() + 1_000)
          await sleeping
          await client.query(`INSERT INTO ${table} DEFAULT VALUES`)
        },
      }),
      { store },
    )
    await slow.whenProcessed(position)
    await slow.stop()
    expect((await on.run(`SELECT FROM ${table}`)).rowCount).toBe(2)
  })

  test('is noticed while a handler waits for it, which is then handled again', async () => {
    const table = await newTable(on)
    const { proxy, time, store, sent } = await openHalf(on)
    let tries = 0
    const projector = startProjector(
      defineProjector<EventType, PostgresContext>({
        name: 'cut off',
        process: async (_event, { client }) => {
          tries += 1
          await client.query('SELECT 1')
          if (tries === 1) proxy.silence()
          await client.query(`INSERT INTO ${table} DEFAULT VALUES`)
        },
      }),
      { store, retry: { delay: 0, entropy: 0 } },
    )
    await sent()
    await time.passTo(29_999)
    expect(tries).toBe(1)
    // What the server is asked meanwhile is answered in real time.
    const pass = async (): Promise<number> => {
      await time.passTo(time.now() + 5_000)
      return tries
    }
    await expect.poll(pass, { interval: 50, timeout: 30_000 }).toBeGreaterThan(1)
    await projector.whenProcessed(1, { timeout: 2 ** 31 - 1 })
    expect((await on.run(`SELECT FROM ${table}`)).rowCount).toBe(1)
    await projector.stop()
  })

  test('costs a projection a while, and no event', async () => {
    const { proxy, time, store } = await openHalf(on)
    const projection = startProjection(counted, {
      store,
      scheduler: time,
      random: () => 0,
      snapshotAfter: Infinity,
    })
    await expect
      .poll(async () => {
        time.runNow()
        return projection.current?.state
      })
      .toBe(1)
    proxy.silence()
    await using writer = postgres({ connectionString: on.url, schema: store.schema })
    await writer.events.append('a', [event])
    const pass = async (): Promise<number | undefined> => {
      await time.passTo(time.now() + 5_000)
      return projection.current?.state
    }
    await expect.poll(pass, { interval: 50, timeout: 30_000 }).toBe(2)
    const stopped = vi.fn()
    projection.stop().then(stopped)
    const passed = async (): Promise<number> => {
      await time.passTo(time.now() + 1)
      return stopped.mock.calls.length
    }
    await expect.poll(passed, { timeout: 10_000 }).toBe(1)
    expect((await store.snapshots.load('counted', 1))?.state).toBe(2)
  })
})
