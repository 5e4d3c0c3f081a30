import { type EventMark, StateTooLargeError, StoreError } from 'rx-projection'
import { nats } from 'rx-projection/nats'
import { describe, expect, test } from 'vitest'
import { natsServerIsInstalled } from '../../support/natsServer.ts'
import { newName, numbers, onServer, until, used } from './support/onServer.ts'

const mark: EventMark = { position: 7, stream: 'o 1/ž\n"', revision: 3, recordedAt: '2026-01-02T03:04:05.678Z' }

describe.runIf(natsServerIsInstalled)('marks on JetStream', { timeout: 20_000 }, () => {
  const here = onServer()

  test('are kept with snapshots, and absent where none was saved', async () => {
    const stream = newName()
    const { snapshots } = used(nats({ servers: here.url, stream }))
    await snapshots.save('a', 1, { offset: 5, state: 1 })
    expect(await snapshots.load('a', 1)).toEqual({ offset: 5, state: 1 })
    expect(await snapshots.load('a', 1)).not.toHaveProperty('mark')
    await snapshots.save('a', 1, { offset: 7, state: 2, mark })
    const loaded = await used(nats({ servers: here.url, stream })).snapshots.load('a', 1)
    expect([loaded, loaded?.mark]).toEqual([{ offset: 7, state: 2 }, mark])
  })

  test('are kept with positions, and gone with the next save without one', async () => {
    const stream = newName()
    const { positions } = used(nats({ servers: here.url, stream }))
    expect(await positions.loadMark!('p')).toBeUndefined()
    await positions.save('p', 7, { mark })
    const again = used(nats({ servers: here.url, stream })).positions
    expect([await again.load('p'), await again.loadMark!('p')]).toEqual([7, mark])
    await positions.save('p', 8, { expected: 7 })
    expect([await again.load('p'), await again.loadMark!('p')]).toEqual([8, undefined])
  })

  test('do not show in what an older version reads, and what that writes has none', async () => {
    const stream = newName()
    const store = used(nats({ servers: here.url, stream }))
    await store.positions.save('p', 7, { mark })
    await store.snapshots.save('a', 1, { offset: 7, state: 2, mark })
    const bucket = `${stream}_state`
    const last = async (key: string) =>
      (await here.jsm.streams.getMessage(`KV_${bucket}`, { last_by_subj: `$KV.${bucket}.${key}` }))!
    // It takes the whole text for the position, and of a kept snapshot what it knows.
    expect((await last('p.p')).string()).toBe('7')
    const [{ id, sha256, offset }] = (await last('s.a.1')).json<[{ id: string; sha256: string; offset: number }]>()
    expect(offset).toBe(7)
    await here.connection.request(`$KV.${bucket}.p.p`, '8')
    await here.connection.request(`$KV.${bucket}.s.a.1`, JSON.stringify([{ offset, id, sha256 }]))
    expect([await store.positions.load('p'), await store.positions.loadMark!('p')]).toEqual([8, undefined])
    expect(await store.snapshots.load('a', 1)).toEqual({ offset: 7, state: 2 })
  })
})

describe.runIf(natsServerIsInstalled)('a state that is too large for JetStream', { timeout: 20_000 }, () => {
  const here = onServer()
  const state = 'ž'.repeat(800_000)

  test('is refused by name and size where the object store can never hold it', async () => {
    const stream = newName()
    await here.jsm.streams.add({
      name: `OBJ_${stream}_state`,
      subjects: [`$O.${stream}_state.C.>`, `$O.${stream}_state.M.>`],
      max_bytes: 1_000_000,
      discard: 'new' as never,
      allow_rollup_hdrs: true,
    })
    const { snapshots } = used(nats({ servers: here.url, stream }))
    await snapshots.save('a', 1, { offset: 1, state: 'small' })
    const error = await Promise.resolve(snapshots.save('a', 1, { offset: 2, state })).catch((why: unknown) => why)
    expect(error).toBeInstanceOf(StateTooLargeError)
    expect(error).toMatchObject({ projection: 'a', size: 800_002, limit: 1_000_000, retryable: false })
    // Nothing of it is left, and what was there stays.
    expect((await here.jsm.streams.info(`OBJ_${stream}_state`)).state.messages).toBe(0)
    expect(await snapshots.load('a', 1)).toEqual({ offset: 1, state: 'small' })
  })

  test('or for a value of the bucket goes to the object store', async () => {
    const stream = newName()
    await here.jsm.streams.add({
      name: `KV_${stream}_state`,
      subjects: [`$KV.${stream}_state.>`],
      max_msgs_per_subject: 1,
      max_msg_size: 10_000,
      allow_rollup_hdrs: true,
      discard: 'new' as never,
    })
    const { snapshots } = used(nats({ servers: here.url, stream }))
    const medium = 'x'.repeat(100_000)
    await snapshots.save('a', 1, { offset: 1, state: medium })
    expect(await snapshots.load('a', 1)).toEqual({ offset: 1, state: medium })
  })

  test('since its text would be longer than a string can be is refused without a size', async () => {
    const { snapshots } = used(nats({ servers: here.url, stream: newName() }))
    const huge = 'x'.repeat(2 ** 28)
    const error = await Promise.resolve(snapshots.save('a', 1, { offset: 1, state: [huge, huge] })).catch(
      (why: unknown) => why,
    )
    expect(error).toBeInstanceOf(StateTooLargeError)
    expect(error).toMatchObject({ projection: 'a', size: undefined, retryable: false })
  })
})

describe.runIf(natsServerIsInstalled)('a store on JetStream that is disposed of', { timeout: 20_000 }, () => {
  const here = onServer()

  test.each([false, true])('fails every call and ends what is watched; a connection of yours: %s', async (own) => {
    const stream = newName()
    const store = own ? nats({ connection: here.connection, stream }) : nats({ servers: here.url, stream })
    await store.events.append('a', numbers(1))
    const lease = (await store.leases.acquire('l', { owner: 'me', ttl: 60_000 }))!
    const watched = [store.events.hints$, store.events.reconnects$, store.leases.hints$!, lease.lost$!]
    let completed = 0
    for (const one of watched) one.subscribe({ complete: () => completed++ })
    await store[Symbol.asyncDispose]()
    const calls: readonly (() => unknown)[] = [
      () => store.open(),
      () => store.events.append('a', numbers(2)),
      () => store.events.read({ after: 0, limit: 1 }),
      () => store.snapshots.load('a', 1),
      () => store.snapshots.save('a', 1, { offset: 1, state: 1 }),
      () => store.snapshots.delete('a', 1),
      () => store.positions.load('a'),
      () => store.positions.loadMark!('a'),
      () => store.positions.save('a', 1),
      () => store.leases.acquire('m', { owner: 'me', ttl: 1 }),
      () => store.leases.renew(lease, { ttl: 1 }),
      () => store.leases.release(lease),
    ]
    for (const call of calls) {
      await expect(Promise.resolve().then(call)).rejects.toThrow(StoreError)
    }
    await until('all have completed', () => completed === watched.length)
    // Those who come later are not left waiting either.
    for (const one of watched) await new Promise<void>((resolve) => one.subscribe({ complete: resolve }))
    await store[Symbol.asyncDispose]()
  })
})
