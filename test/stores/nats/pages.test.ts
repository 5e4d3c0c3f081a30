import { nats } from 'rx-projection/nats'
import { ensureSequential, followLog } from 'rx-projection/operators'
import { describe, expect, test } from 'vitest'
import { natsServerIsInstalled } from '../../support/natsServer.ts'
import { linksOf, newName, numbers, onServer, readAll, until, used } from './support/onServer.ts'
import { startTcpProxy } from './support/tcpProxy.ts'

describe.runIf(natsServerIsInstalled)('a page of JetStream', { timeout: 20_000 }, () => {
  const here = onServer()

  test('leads over messages that were deleted', async () => {
    const stream = newName()
    const store = used(nats({ servers: here.url, stream }))
    for (let number = 1; number <= 9; number++) await store.events.append('a', numbers(number))
    for (const seq of [3, 4, 8]) await here.jsm.streams.deleteMessage(stream, seq)
    const links = [
      [0, 1],
      [1, 2],
      [2, 5],
      [5, 6],
      [6, 7],
      [7, 9],
    ]
    for (const limit of [1, 2, 100]) expect(linksOf(await readAll(store, { limit }))).toEqual(links)
    expect(linksOf(await readAll(store, { streams: ['a'] }))).toEqual(links)
  })

  test('of history tells where the log ends, also when nothing has hinted at it', async () => {
    const stream = newName()
    const [store, other] = [used(nats({ servers: here.url, stream })), used(nats({ servers: here.url, stream }))]
    // More than is asked for ahead: what is delivered by itself shows no end.
    const many = Array.from({ length: 300 }, (_, index) => index)
    for (let appends = 0; appends < 4; appends++) await store.events.append('a', numbers(...many))
    expect(await store.events.read({ after: 0, limit: 1 })).toMatchObject({ through: 1, head: 1_200 })
    await other.events.append('a', numbers(1, 2))
    expect(await store.events.read({ after: 1, limit: 1 })).toMatchObject({ through: 2, head: 1_202 })
  })

  test('leads over the beginning that was purged', async () => {
    const stream = newName()
    const store = used(nats({ servers: here.url, stream }))
    await store.events.append('a', numbers(1, 2, 3))
    for (let number = 4; number <= 6; number++) await store.events.append('a', numbers(number))
    await here.jsm.streams.purge(stream, { seq: 5 })
    expect(linksOf(await readAll(store))).toEqual([
      [0, 5],
      [5, 6],
    ])
  })

  test('ends at the last position that there was, also when its message is deleted', async () => {
    const stream = newName()
    const store = used(nats({ servers: here.url, stream }))
    for (let number = 1; number <= 4; number++) await store.events.append('a', numbers(number))
    for (const seq of [3, 4]) await here.jsm.streams.deleteMessage(stream, seq)
    const again = used(nats({ servers: here.url, stream }))
    expect(await again.events.read({ after: 0, limit: 10 })).toMatchObject({ through: 4, head: 4 })
    expect(await again.events.read({ after: 4, limit: 10 })).toEqual({ events: [], through: 4, head: 4 })
    await here.jsm.streams.purge(stream)
    expect(await again.events.read({ after: 2, limit: 10 })).toEqual({ events: [], through: 4, head: 4 })
    expect(await again.events.append('b', numbers(5))).toEqual({ position: 5, revision: 1 })
    expect(linksOf(await readAll(again, { after: 2 }))).toEqual([[2, 5]])
  })

  test('holds nothing that was deleted, though another reader has just had it', async () => {
    const stream = newName()
    const { events } = used(nats({ servers: here.url, stream }))
    for (let number = 1; number <= 4; number++) await events.append('a', numbers(number))
    const whole = { after: 0, limit: 10 }
    const ids = async () => (await events.read(whole)).events.map(({ id }) => id)
    expect([await ids(), await ids()]).toEqual([
      [1, 2, 3, 4],
      [1, 2, 3, 4],
    ])
    await here.jsm.streams.deleteMessage(stream, 2)
    expect(await ids()).toEqual([1, 3, 4])
    await here.jsm.streams.purge(stream, { seq: 4 })
    expect(await ids()).toEqual([4])
    await events.append('b', numbers(5))
    expect(await ids()).toEqual([4, 5])
  })

  test('that many followers want at the same time comes from the server once', async () => {
    const stream = newName()
    const { events } = used(nats({ servers: here.url, stream }))
    await events.append('a', numbers(1))
    const made: string[] = []
    const spy = here.connection.subscribe(`$JS.EVENT.ADVISORY.CONSUMER.CREATED.${stream}.>`, {
      callback: (_, { subject }) => void made.push(subject),
    })
    await here.connection.flush()
    const followers = Array.from({ length: 20 }, () => [] as number[])
    const following = followers.map((seen) =>
      followLog({ events }, { after: 0 }).subscribe((page) => {
        for (const { id } of page) seen.push(id)
      }),
    )
    for (let number = 2; number <= 30; number++) {
      const { position } = await events.append(number % 2 === 0 ? 'a' : 'b', numbers(number))
      await expect.poll(() => followers.every((seen) => seen.at(-1) === position), { interval: 1 }).toBe(true)
    }
    expect(followers).toEqual(followers.map(() => Array.from({ length: 30 }, (_, index) => index + 1)))
    for (const one of following) one.unsubscribe()
    // The server tells of them a little later.
    await expect.poll(() => made.length).toBeGreaterThanOrEqual(2)
    spy.unsubscribe()
    // One that pushes hints, and one that the messages come from.
    expect(made).toHaveLength(2)
  })

  test('leads over events of an append whose first message was deleted', async () => {
    const stream = newName()
    const store = used(nats({ servers: here.url, stream }))
    await store.events.append('a', numbers(1))
    await store.events.append('a', numbers(2, 3, 4))
    await store.events.append('a', numbers(5))
    await here.jsm.streams.deleteMessage(stream, 2)
    const again = used(nats({ servers: here.url, stream }))
    expect(linksOf(await readAll(again))).toEqual([
      [0, 1],
      [1, 5],
    ])
  })

  test('begins in the middle of an append', async () => {
    const stream = newName()
    const store = used(nats({ servers: here.url, stream }))
    await store.events.append('a', numbers(1, 2, 3, 4, 5))
    const again = used(nats({ servers: here.url, stream }))
    const twice = [await readAll(again, { after: 3 }), await readAll(again, { after: 3 })]
    for (const events of twice) expect(events.map(({ payload }) => payload)).toEqual([4, 5])
  })

  test('goes on where the last one ended, through a deletion, for a follower that counts', async () => {
    const stream = newName()
    const store = used(nats({ servers: here.url, stream }))
    const seen: number[] = []
    let failure: unknown
    const following = followLog(store)
      .pipe(ensureSequential())
      .subscribe({
        next: (page) => seen.push(...[page].flat().map(({ id }) => id)),
        error: (error: unknown) => {
          failure = error
        },
      })
    await store.events.append('a', numbers(1))
    await until('the first', () => seen.length === 1)
    await here.connection.request(`${stream}.b`, 'to be deleted')
    await here.jsm.streams.deleteMessage(stream, 2)
    await store.events.append('a', numbers(3, 4))
    await until('the last', () => failure !== undefined || seen.includes(4))
    following.unsubscribe()
    expect(failure).toBeUndefined()
    expect(seen.filter((id) => id !== 2)).toEqual([1, 3, 4])
  })

  test('hands on what something else wrote, as no event', async () => {
    const stream = newName()
    const store = used(nats({ servers: here.url, stream }))
    await store.events.append('a', numbers(1))
    const foreign = ['text', '1,2', '', '{"type":"Half"}', '[]', 'null', '{"type":"A","payload":1}']
    for (const body of foreign) await here.connection.request(`${stream}.b`, body)
    await store.events.append('a', numbers(2))
    const events = await readAll(store)
    expect(events).toHaveLength(foreign.length + 2)
    for (const [index, payload] of foreign.entries()) {
      expect(events[index + 1]).toMatchObject({ id: index + 2, stream: 'b', type: undefined, payload })
    }
  })

  test('of many streams costs no consumer for each, and of a few rare ones not the whole log', async () => {
    const stream = newName()
    const store = used(nats({ servers: here.url, stream }))
    await store.events.append('rare-1', numbers(1))
    await store.events.append('often', numbers(...Array.from({ length: 900 }, (_, index) => index)))
    await store.events.append('rare-2', numbers(2))
    const again = used(nats({ servers: here.url, stream }))
    const events = await readAll(again, { streams: ['rare-2', 'rare-1'] })
    expect(events.map(({ stream: name, payload, previous }) => [name, payload, previous])).toEqual([
      ['rare-1', 1, 0],
      ['rare-2', 2, 1],
    ])
    const some = (await here.jsm.consumers.list(stream).next()).map(({ config }) => config.filter_subject)
    expect(some.sort()).toEqual([`${stream}.rare-1`, `${stream}.rare-2`])
    const many = Array.from({ length: 50 }, (_, index) => `rare-${index}`)
    expect(await readAll(again, { streams: many })).toMatchObject([{ payload: 1 }, { payload: 2 }])
    expect(await here.jsm.consumers.list(stream).next()).toHaveLength(3)
  })

  test('is read on when its consumer is gone', async () => {
    const stream = newName()
    const store = used(nats({ servers: here.url, stream }))
    await store.events.append('a', numbers(1, 2, 3, 4, 5, 6))
    expect(await store.events.read({ after: 0, limit: 2 })).toMatchObject({ through: 2 })
    for (const { name } of await here.jsm.consumers.list(stream).next()) await here.jsm.consumers.delete(stream, name)
    await store.events.append('a', numbers(7))
    expect((await readAll(store, { after: 2, limit: 2 })).map(({ payload }) => payload)).toEqual([3, 4, 5, 6, 7])
  })

  test('is read on when the connection is cut between and during pages', async () => {
    const stream = newName()
    await using proxy = await startTcpProxy(here.port)
    const store = used(nats({ servers: proxy.url, stream }))
    await store.events.append('a', numbers(...Array.from({ length: 500 }, (_, index) => index)))
    const seen: unknown[] = []
    for (let after = 0, round = 0; after < 500; round++) {
      const reading = store.events.read({ after, limit: 40 })
      if (round % 3 === 0) proxy.cut()
      const page = await reading
      seen.push(...page.events.map(({ payload }) => payload))
      after = page.through
      if (round % 3 === 1) proxy.cut()
    }
    expect(seen).toEqual(Array.from({ length: 500 }, (_, index) => index))
  })

  test('is given up when nobody waits for it any more', async () => {
    await using proxy = await startTcpProxy(here.port)
    const store = used(nats({ servers: proxy.url, stream: newName() }))
    await store.events.append('a', numbers(1))
    const gone = new Error('gone')
    const abort = new AbortController()
    await proxy[Symbol.asyncDispose]()
    const reading = store.events.read({ after: 0, limit: 1, signal: abort.signal })
    abort.abort(gone)
    await expect(reading).rejects.toThrow(gone)
  })
})

describe.runIf(natsServerIsInstalled)('hints of JetStream', { timeout: 20_000 }, () => {
  const here = onServer()

  test('tell what another store appends', async () => {
    const stream = newName()
    const store = used(nats({ servers: here.url, stream }))
    const other = used(nats({ servers: here.url, stream }))
    const seen: number[] = []
    const following = followLog(store).subscribe((page) => seen.push(...page.map(({ id }) => id)))
    for (let number = 1; number <= 5; number++) {
      await other.events.append('a', numbers(number))
      await until(`event ${number}`, () => seen.includes(number))
    }
    following.unsubscribe()
    expect(seen).toEqual([1, 2, 3, 4, 5])
  })

  test('come again after the connection was cut, and after a restart of the server', async () => {
    const stream = newName()
    await using proxy = await startTcpProxy(here.port)
    const store = used(nats({ servers: proxy.url, stream }))
    const other = used(nats({ servers: here.url, stream }))
    const seen: number[] = []
    const following = followLog(store).subscribe((page) => seen.push(...page.map(({ id }) => id)))
    await other.events.append('a', numbers(1))
    await until('event 1', () => seen.includes(1))
    proxy.cut()
    await other.events.append('a', numbers(2))
    await until('event 2', () => seen.includes(2))
    here.server.signal('SIGKILL')
    await here.server.restart()
    await other.events.append('a', numbers(3))
    await until('event 3', () => seen.includes(3))
    await other.events.append('a', numbers(4))
    // Sooner than a missing heartbeat would be noticed.
    await until('event 4', () => seen.includes(4), 6_000)
    following.unsubscribe()
    expect(seen).toEqual([1, 2, 3, 4])
  })
})
