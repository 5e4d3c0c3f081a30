import { defineProjection, type LogEvent, type OpenStore, startProjection } from 'rx-projection'
import { nats } from 'rx-projection/nats'
import { followLog } from 'rx-projection/operators'
import { describe, expect, test } from 'vitest'
import { natsServerIsInstalled } from '../../support/natsServer.ts'
import { newName, numbers, onServer, readAll, until, used } from './support/onServer.ts'
import { startTcpProxy } from './support/tcpProxy.ts'

interface Numbered {
  readonly type: 'Numbered'
  readonly payload: number
}

const list = defineProjection<readonly number[], Numbered>({
  name: 'list',
  initialState: () => [],
  on: { Numbered: (state, { payload }) => [...state, payload] },
})

describe.runIf(natsServerIsInstalled)('a stream that was deleted and made again', { timeout: 30_000 }, () => {
  const here = onServer()

  /** Deletes a stream, makes it again, and fills it with other events than it had. */
  async function recreate(stream: string, payloads: readonly number[]): Promise<void> {
    await here.jsm.streams.delete(stream)
    const other = used(nats({ servers: here.url, stream }))
    for (const payload of payloads) await other.events.append('b', numbers(payload))
  }

  const payloadsOf = async (store: Pick<OpenStore, 'events'>, limit: number): Promise<readonly unknown[]> =>
    (await readAll(store, { limit })).map(({ payload }) => payload)

  test.each([
    ['shorter', [91, 92]],
    ['as long', [91, 92, 93, 94, 95]],
    ['longer', [91, 92, 93, 94, 95, 96, 97]],
  ])('shows new readers only what is new, though the old messages were read just now: %s', async (_, other) => {
    for (const limit of [1, 2, 100]) {
      const stream = newName()
      const store = used(nats({ servers: here.url, stream }))
      for (const payload of [1, 2, 3, 4, 5]) await store.events.append('a', numbers(payload))
      expect(await payloadsOf(store, limit)).toEqual([1, 2, 3, 4, 5])
      await recreate(stream, other)
      expect(await payloadsOf(store, limit)).toEqual(other)
      expect(await payloadsOf(store, 3)).toEqual(other)
    }
  })

  test('shows only what is new of appends of several events', async () => {
    const stream = newName()
    const store = used(nats({ servers: here.url, stream }))
    await store.events.append('a', numbers(1, 2, 3, 4))
    expect(await payloadsOf(store, 2)).toEqual([1, 2, 3, 4])
    await here.jsm.streams.delete(stream)
    const other = used(nats({ servers: here.url, stream }))
    await other.events.append('b', numbers(91, 92, 93, 94))
    expect(await payloadsOf(store, 2)).toEqual([91, 92, 93, 94])
  })

  test('gives a live reader nothing behind what it had, and tells it to check', async () => {
    const stream = newName()
    const store = used(nats({ servers: here.url, stream }))
    for (const payload of [1, 2, 3]) await store.events.append('a', numbers(payload))
    let reconnects = 0
    store.events.reconnects$.subscribe(() => reconnects++)
    const seen: number[] = []
    const ends: unknown[] = []
    // It stops as soon as it is told: it knows what it has read.
    const following = followLog({ events: store.events }, { catchUpAfter: 200 }).subscribe({
      next: (page) => {
        if (reconnects === 0) for (const { payload } of page as readonly LogEvent[]) seen.push(payload as number)
      },
      error: (error) => ends.push(error),
    })
    await until('the history is read', () => seen.length === 3)
    await recreate(stream, [91, 92, 93, 94, 95])
    await until('it is told', () => reconnects > 0 || ends.length > 0)
    following.unsubscribe()
    expect(seen).toEqual([1, 2, 3])
  })

  test('gives a read that was under way nothing of both', async () => {
    const stream = newName()
    const store = used(nats({ servers: here.url, stream }))
    for (const payload of [1, 2, 3, 4, 5, 6]) await store.events.append('a', numbers(payload))
    const { through } = await store.events.read({ after: 0, limit: 2 })
    await recreate(stream, [91, 92, 93, 94, 95, 96, 97, 98])
    // The one that has read of the old one: it is given nothing before it was told.
    let told = false
    store.events.reconnects$.subscribe(() => {
      told = true
    })
    const page = await store.events.read({ after: through, limit: 100 })
    expect(page).toMatchObject({ events: [], through, head: 8 })
    expect(told).toBe(true)
    // One that looks at a single event gets that of the new one.
    const [event] = (await store.events.read({ after: through - 1, limit: 1 })).events
    expect(event).toMatchObject({ id: 2, payload: 92 })
  })

  test('is looked at as it is by who looks at one event first', async () => {
    const stream = newName()
    const store = used(nats({ servers: here.url, stream }))
    for (const payload of [1, 2, 3]) await store.events.append('a', numbers(payload))
    await readAll(store)
    await recreate(stream, [91, 92, 93, 94])
    const [event] = (await store.events.read({ after: 2, limit: 1 })).events
    expect(event).toMatchObject({ id: 3, payload: 93 })
  })

  test('leaves a projection with a state of the old one or of the new one, never of both', async () => {
    const stream = newName()
    const store = used(nats<Numbered>({ servers: here.url, stream }))
    const retry = { delay: 10, entropy: 0 }
    const states: (readonly number[])[] = []
    const options = { store, retry, catchUpAfter: 200, snapshotEvery: Infinity, onError: () => {} }
    const run = startProjection(list, options)
    run.state$.subscribe({ next: (state) => states.push(state), error: () => {} })
    for (const payload of [1, 2, 3]) await store.events.append('a', [{ type: 'Numbered', payload }])
    await run.whenProcessed(3)
    await here.jsm.streams.delete(stream)
    await until('it ends', () => run.current === undefined || states.length > 0)
    await run.stop().catch(() => undefined)
    for (const state of states) expect([1, 2, 3].slice(0, state.length)).toEqual(state)
  })

  test('gives appends the revisions of the new one', async () => {
    const stream = newName()
    const store = used(nats({ servers: here.url, stream }))
    await store.events.append('a', numbers(1, 2, 3))
    await here.jsm.streams.delete(stream)
    await expect(store.events.append('a', numbers(4))).rejects.toThrow('was deleted')
    const other = used(nats({ servers: here.url, stream }))
    await other.events.append('a', numbers(91))
    await store.events.read({ after: 0, limit: 1 })
    expect(await store.events.append('a', numbers(92))).toEqual({ position: 2, revision: 2 })
  })
})

describe.runIf(natsServerIsInstalled)('a connection that was lost', { timeout: 20_000 }, () => {
  const here = onServer()

  test('is told of when it is there again', async () => {
    await using proxy = await startTcpProxy(here.port)
    const store = used(nats({ servers: proxy.url, stream: newName() }))
    await store.events.append('a', numbers(1))
    let reconnects = 0
    let completed = false
    store.events.reconnects$.subscribe({ next: () => reconnects++, complete: () => (completed = true) })
    expect(reconnects).toBe(0)
    proxy.cut()
    await until('it is told', () => reconnects === 1)
    await store[Symbol.asyncDispose]()
    expect(completed).toBe(true)
  })
})
