import { LeaseLostError, openStore, type Snapshot, StoreError, type UndecodableSnapshotError } from 'rx-projection'
import { nats } from 'rx-projection/nats'
import { describe, expect, test } from 'vitest'
import { natsServerIsInstalled } from '../../support/natsServer.ts'
import { newName, numbers, onServer, until, used } from './support/onServer.ts'
import { startTcpProxy } from './support/tcpProxy.ts'

const BIG = { text: 'ž'.repeat(1_200_000) }

describe.runIf(natsServerIsInstalled)('snapshots on JetStream', { timeout: 20_000 }, () => {
  const here = onServer()

  async function messagesOf(bucket: string): Promise<number> {
    return (await here.jsm.streams.info(bucket)).state.messages
  }

  test('may be larger than a message', async () => {
    const stream = newName()
    const { snapshots } = used(nats({ servers: here.url, stream }))
    await snapshots.save('big', 1, { offset: 1, state: BIG })
    const again = used(nats({ servers: here.url, stream }))
    expect(await again.snapshots.load('big', 1)).toEqual({ offset: 1, state: BIG })
    await snapshots.save('big', 1, { offset: 2, state: 'small' })
    expect(await again.snapshots.load('big', 1)).toEqual({ offset: 2, state: 'small' })
  })

  test('of a name and version are kept to the last few, small or big, and nothing is left of others', async () => {
    const stream = newName()
    const { snapshots } = used(nats({ servers: here.url, stream, keep: 2 }))
    for (let offset = 1; offset <= 3; offset++) await snapshots.save('a', 1, { offset, state: BIG })
    expect(await messagesOf(`OBJ_${stream}_state`)).toBe(2 * (1 + Math.ceil(2_400_011 / 131_072)))
    for (let offset = 4; offset <= 9; offset++) await snapshots.save('a', 1, { offset, state: offset })
    expect(await messagesOf(`OBJ_${stream}_state`)).toBe(0)
    // The list, and the states that it names.
    expect(await messagesOf(`KV_${stream}_state`)).toBe(3)
    await snapshots.delete('a', 1)
    expect(await snapshots.load('a', 1)).toBeUndefined()
    expect(await messagesOf(`KV_${stream}_state`)).toBe(1)
  })

  test('whose content is damaged or gone are reported and passed over', async () => {
    const stream = newName()
    const { snapshots } = used(nats({ servers: here.url, stream, keep: 4 }))
    await snapshots.save('a', 1, { offset: 1, state: 'good' })
    await snapshots.save('a', 1, { offset: 2, state: 'forged' })
    await snapshots.save('a', 1, { offset: 3, state: BIG })
    await snapshots.save('a', 1, { offset: 4, state: 'gone' })
    const bucket = `${stream}_state`
    const list = await here.jsm.streams.getMessage(`KV_${bucket}`, { last_by_subj: `$KV.${bucket}.s.a.1` })
    const [gone, , forged] = list!.json<{ readonly id: string }[]>()
    await here.jsm.streams.purge(`KV_${bucket}`, { filter: `$KV.${bucket}.c.a.1.${gone!.id}` })
    await here.connection.request(`$KV.${bucket}.c.a.1.${forged!.id}`, '"another"')
    const { state } = await here.jsm.streams.info(`OBJ_${bucket}`)
    await here.jsm.streams.deleteMessage(`OBJ_${bucket}`, state.first_seq + 3)
    const reported: UndecodableSnapshotError[] = []
    const loaded = await snapshots.load('a', 1, { onUndecodable: (error) => reported.push(error) })
    expect(loaded).toEqual({ offset: 1, state: 'good' })
    expect(reported.map(({ offset }) => offset)).toEqual([4, 3, 2])
  })

  test('saved by many at once never go back', async () => {
    const stream = newName()
    const stores = Array.from({ length: 3 }, () => used(nats({ servers: here.url, stream })))
    const seen: number[] = []
    let done = false
    const saving = Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        const offset = 1 + ((index * 37) % 60)
        await stores[index % 3]!.snapshots.save('a', 1, { offset, state: { offset } })
      }),
    ).finally(() => {
      done = true
    })
    const reader = used(nats({ servers: here.url, stream }))
    await until('all are saved', async () => {
      const snapshot = (await reader.snapshots.load('a', 1)) as Snapshot<{ readonly offset: number }> | undefined
      if (snapshot !== undefined) expect(snapshot.state).toEqual({ offset: snapshot.offset })
      seen.push(snapshot?.offset ?? 0)
      return done
    })
    await saving
    expect(seen).toEqual(seen.toSorted((a, b) => a - b))
    expect(await reader.snapshots.load('a', 1)).toEqual({ offset: 60, state: { offset: 60 } })
  })

  test('and positions whose answer is lost are saved once', async () => {
    await using proxy = await startTcpProxy(here.port)
    const store = used(nats({ servers: proxy.url, stream: newName() }))
    await store.positions.save('p', 1)
    const lost = proxy.loseAnswer(/"seq":/)
    const saved = store.positions.save('p', 2, { expected: 1 })
    await lost
    await saved
    expect(await store.positions.load('p')).toBe(2)
    const lostAgain = proxy.loseAnswer(/"seq":/)
    const savedAgain = store.snapshots.save('s', 1, { offset: 1, state: 1 })
    await lostAgain
    await savedAgain
    expect(await store.snapshots.load('s', 1)).toEqual({ offset: 1, state: 1 })
  })
})

describe.runIf(natsServerIsInstalled)('leases on JetStream', { timeout: 20_000 }, () => {
  const here = onServer()
  const held = { owner: 'one', ttl: 60_000 }

  test('are held by one at a time, each with a higher epoch', async () => {
    const stream = newName()
    const [one, two] = [1, 2].map(() => used(nats({ servers: here.url, stream })).leases)
    const taken = await Promise.all([one!.acquire('a', held), two!.acquire('a', held), one!.acquire('b', held)])
    expect(taken.slice(0, 2).filter((lease) => lease !== undefined)).toMatchObject([{ name: 'a', epoch: 1 }])
    expect(taken[2]).toMatchObject({ name: 'b', epoch: 1 })
    const lease = taken[0] ?? taken[1]
    await one!.release(lease!)
    await one!.release(lease!)
    expect(await two!.acquire('a', { owner: 'two', ttl: 60_000 })).toMatchObject({ epoch: 2, owner: 'two' })
    await expect(one!.renew(lease!, { ttl: 1 })).rejects.toThrow(LeaseLostError)
    await one!.release(lease!)
    expect(await one!.acquire('a', held)).toBeUndefined()
  })

  test('go to the next one when they are not renewed in time', async () => {
    const stream = newName()
    const [one, two] = [1, 2].map(() => used(nats({ servers: here.url, stream })).leases)
    const lease = await one!.acquire('a', { owner: 'one', ttl: 1 })
    let next = await two!.acquire('a', held)
    await until('the lease is over', async () => {
      next ??= await two!.acquire('a', held)
      return next !== undefined
    })
    expect(next).toMatchObject({ epoch: 2 })
    const why: unknown[] = []
    lease!.lost$!.subscribe((error) => why.push(error))
    await until('the loss is told', () => why.length > 0)
    expect(why).toEqual([expect.any(LeaseLostError)])
  })

  test('are hinted at when they are given back', async () => {
    const stream = newName()
    const [one, two] = [1, 2].map(() => used(nats({ servers: here.url, stream })).leases)
    const lease = await one!.acquire('a', held)
    let next: unknown
    const hints = two!.hints$!.subscribe(async () => {
      next ??= await two!.acquire('a', held)
    })
    await one!.renew(lease!, { ttl: 60_000 })
    await one!.release(lease!)
    await until('the next one has it', () => next)
    hints.unsubscribe()
  })

  test('fence positions and snapshots in the commit', async () => {
    const stream = newName()
    const [one, two] = [1, 2].map(() => used(nats({ servers: here.url, stream })))
    const old = await one!.leases.acquire('a', held)
    await one!.positions.save('p', 1, { lease: old! })
    await one!.snapshots.save('s', 1, { offset: 1, state: 1 }, { lease: old! })
    await two!.leases.release(old!)
    const lease = await two!.leases.acquire('a', held)
    await expect(one!.positions.save('p', 2, { lease: old! })).rejects.toThrow(LeaseLostError)
    const zombie = one!.snapshots.save('s', 1, { offset: 2, state: 2 }, { lease: old! })
    await expect(zombie).rejects.toThrow(LeaseLostError)
    expect(await two!.positions.load('p')).toBe(1)
    expect(await two!.snapshots.load('s', 1)).toEqual({ offset: 1, state: 1 })
    await two!.positions.save('p', 2, { expected: 1, lease: lease! })
    expect(await one!.positions.load('p')).toBe(2)
  })

  test('let no commit through that races with the next holder', async () => {
    const stream = newName()
    const [one, two] = [1, 2].map(() => used(nats({ servers: here.url, stream })))
    for (let round = 0; round < 25; round++) {
      const old = await one!.leases.acquire('a', held)
      const saves = Promise.allSettled(
        Array.from({ length: 4 }, (_, index) => one!.positions.save(`p${index}`, 2 * round + 1, { lease: old! })),
      )
      await two!.leases.release(old!)
      const lease = await two!.leases.acquire('a', held)
      const seen = await Promise.all([0, 1, 2, 3].map((index) => two!.positions.load(`p${index}`)))
      await saves
      // What the next holder saw is what stays: nothing of the old one comes behind it.
      expect(await Promise.all([0, 1, 2, 3].map((index) => two!.positions.load(`p${index}`)))).toEqual(seen)
      await two!.leases.release(lease!)
    }
  })
})

describe.runIf(natsServerIsInstalled)('a store on JetStream', { timeout: 20_000 }, () => {
  const here = onServer()

  test('is opened by nats://HOST:PORT/STREAM', async () => {
    const stream = newName()
    const store = used(await openStore(`${here.url}/${stream}?replicas=1`))
    expect(await store.events.append('a', numbers(1))).toEqual({ position: 1, revision: 1 })
    expect((await here.jsm.streams.info(stream)).config.num_replicas).toBe(1)
    for (const url of ['nats:', 'nats://', 'nats://localhost', 'nats://localhost/', 'nats://h/a/b', 'nats://h/a?b=1']) {
      await expect(openStore(url)).rejects.toThrow(TypeError)
    }
  })

  test('leaves a connection of yours open, and no consumers behind', async () => {
    const stream = newName()
    const store = nats({ connection: here.connection, stream })
    await store.events.append('a', numbers(1, 2, 3))
    await store.events.read({ after: 0, limit: 2 })
    const hints = store.events.hints$.subscribe()
    await until('two consumers', async () => (await here.jsm.consumers.list(stream).next()).length === 2)
    await store[Symbol.asyncDispose]()
    expect(hints.closed).toBe(true)
    expect(here.connection.isClosed()).toBe(false)
    await until('no consumers', async () => (await here.jsm.consumers.list(stream).next()).length === 0)
  })

  test('refuses a stream of other subjects', async () => {
    const stream = newName()
    await here.jsm.streams.add({ name: stream, subjects: [`${stream}-other.>`] })
    const store = used(nats({ servers: here.url, stream }))
    await expect(store.events.append('a', numbers(1))).rejects.toThrow(StoreError)
    const taken = newName()
    await here.jsm.streams.add({ name: `${taken}-all`, subjects: [`${taken}.*`] })
    const overlapping = used(nats({ servers: here.url, stream: taken }))
    await expect(overlapping.events.append('a', numbers(1))).rejects.toThrow(StoreError)
  })

  test('is made by many at once', async () => {
    const stream = newName()
    const stores = Array.from({ length: 12 }, () => used(nats({ servers: here.url, stream })))
    await Promise.all(
      stores.map(async ({ events, positions, snapshots }, index) => {
        await Promise.all([
          events.append('a', numbers(index)),
          positions.save(`p${index}`, 1),
          snapshots.save(`s${index}`, 1, { offset: 1, state: BIG }),
        ])
      }),
    )
    expect((await stores[0]!.events.read({ after: 0, limit: 20 })).events).toHaveLength(12)
  })

  test('tells at once what is wrong with its options', () => {
    const servers = 'nats://localhost'
    for (const stream of ['', 'a.b', 'a b', '*', '>', undefined, 7]) {
      expect(() => nats({ servers, stream: stream as string })).toThrow(TypeError)
    }
    expect(() => nats({ stream: 'a' })).toThrow(TypeError)
    expect(() => nats({ servers, connection: here.connection, stream: 'a' })).toThrow(TypeError)
    expect(() => nats({ servers: [], stream: 'a' })).toThrow(TypeError)
    for (const wrong of [{ replicas: 0 }, { replicas: 6 }, { keep: 0 }, { patience: -1 }, { duplicateWindow: 0.5 }]) {
      expect(() => nats({ servers, stream: 'a', ...wrong })).toThrow(RangeError)
    }
  })

  test('tells what is wrong when no server answers for as long as it is patient', async () => {
    const store = used(nats({ servers: 'nats://127.0.0.1:1', stream: 'a', patience: 50 }))
    await expect(store.events.append('a', numbers(1))).rejects.toThrow(/refused/i)
  })
})
