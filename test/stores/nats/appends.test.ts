import { jetstream } from '@nats-io/jetstream'
import { InvalidEventError, RevisionConflictError } from 'rx-projection'
import { nats } from 'rx-projection/nats'
import { describe, expect, test } from 'vitest'
import { natsServerIsInstalled } from '../../support/natsServer.ts'
import { newName, numbers, onServer, readAll, until, used } from './support/onServer.ts'
import { startTcpProxy } from './support/tcpProxy.ts'

/** An answer to a publish. */
const ACK = /"stream":"test-\d+", *"seq":/

describe.runIf(natsServerIsInstalled)('an append to JetStream', { timeout: 20_000 }, () => {
  const here = onServer()

  /** Whether the server does not know an id any more; nothing is stored by asking. */
  async function isForgotten(subject: string, msgID: string): Promise<boolean> {
    const asked = jetstream(here.connection).publish(subject, '', { msgID, expect: { lastMsgID: 'no such id' } })
    return asked.then(
      () => false,
      () => true,
    )
  }

  test('has the sequence of its message as its position, and its revision in a header', async () => {
    const stream = newName()
    const store = used(nats({ servers: here.url, stream }))
    await store.events.append('a', numbers(1))
    expect(await store.events.append('b', numbers(2))).toEqual({ position: 2, revision: 1 })
    expect(await store.events.append('a', numbers(3))).toEqual({ position: 3, revision: 2 })
    const message = await here.jsm.streams.getMessage(stream, { seq: 3 })
    expect(message).toMatchObject({ subject: `${stream}.a`, seq: 3 })
    expect(message!.header.get('Rx-Revision')).toBe('2')
    expect(message!.json()).toMatchObject({ type: 'Numbered', payload: 3, revision: 2 })
  })

  test('of several events gives each the sequence of a message of its own', async () => {
    const stream = newName()
    const store = used(nats({ servers: here.url, stream }))
    expect(await store.events.append('a', numbers(1, 2, 3))).toEqual({ position: 3, revision: 3 })
    expect((await here.jsm.streams.info(stream)).state.messages).toBe(3)
    // Each is stored only behind its neighbour.
    const [, second, third] = await Promise.all([1, 2, 3].map((seq) => here.jsm.streams.getMessage(stream, { seq })))
    expect(second!.header.get('Nats-Expected-Last-Subject-Sequence')).toBe('1')
    expect(third!.header.get('Nats-Expected-Last-Msg-Id')).toBe(second!.header.get('Nats-Msg-Id'))
    expect(await readAll(store, { limit: 1 })).toMatchObject([
      { id: 1, payload: 1, revision: 1 },
      { id: 2, payload: 2, revision: 2 },
      { id: 3, payload: 3, revision: 3 },
    ])
  })

  test.each([1, 2, 5])('of %i events whose answer is lost is stored once', async (size) => {
    await using proxy = await startTcpProxy(here.port)
    const store = used(nats({ servers: proxy.url, stream: newName() }))
    await store.events.append('a', numbers(0))
    const lost = proxy.loseAnswer(ACK)
    const events = numbers(...Array.from({ length: size }, (_, index) => index + 1))
    const appended = store.events.append('a', events, { expectedRevision: 1 })
    await lost
    expect(await appended).toEqual({ position: size + 1, revision: size + 1 })
    expect((await readAll(store)).map(({ payload }) => payload)).toEqual([0, ...events.map(({ payload }) => payload)])
    expect(proxy.connections).toBeGreaterThan(1)
  })

  test('whose answer is lost is found again when another one was stored behind it', async () => {
    const stream = newName()
    await using proxy = await startTcpProxy(here.port)
    const store = used(nats({ servers: proxy.url, stream, duplicateWindow: 100 }))
    const other = used(nats({ servers: here.url, stream, duplicateWindow: 100 }))
    await other.events.append('a', numbers(0))
    await store.events.append('b', numbers(0))
    const lost = proxy.loseAnswer(ACK)
    const appended = store.events.append('a', numbers(1), { expectedRevision: 1 })
    await lost
    proxy.refuses = true
    const { header } = (await here.jsm.streams.getMessage(stream, { last_by_subj: `${stream}.a` }))!
    await until('the server has forgotten its id', () => isForgotten(`${stream}.a`, header.get('Nats-Msg-Id')))
    expect(await other.events.append('a', numbers(2))).toEqual({ position: 4, revision: 3 })
    proxy.refuses = false
    expect(await appended).toEqual({ position: 3, revision: 2 })
    expect((await readAll(other, { streams: ['a'] })).map(({ payload }) => payload)).toEqual([0, 1, 2])
  })

  test('survives any cut of the connection, one after the other', async () => {
    await using proxy = await startTcpProxy(here.port)
    const store = used(nats({ servers: proxy.url, stream: newName() }))
    const expected: number[] = []
    for (let round = 0; round < 15; round++) {
      const appended = store.events.append(`s${round % 2}`, numbers(3 * round, 3 * round + 1, 3 * round + 2))
      expected.push(3 * round, 3 * round + 1, 3 * round + 2)
      for (let turn = 0; turn < round; turn++) await new Promise(setImmediate)
      proxy.cut()
      await appended
    }
    expect((await readAll(store)).map(({ payload }) => payload)).toEqual(expected)
  })

  test('that is repeated under its own id appends nothing, and answers as before', async () => {
    const store = used(nats({ servers: here.url, stream: newName() }))
    const other = used(nats({ servers: here.url, stream: `${newName()}` }))
    await store.events.append('a', numbers(0))
    const first = await store.events.append('a', numbers(1, 2), { id: 'order-1' })
    expect(first).toEqual({ position: 3, revision: 3 })
    await store.events.append('a', numbers(3))
    expect(await store.events.append('a', numbers(1, 2), { id: 'order-1' })).toEqual(first)
    expect(await store.events.append('a', numbers(1, 2), { id: 'order-1', expectedRevision: 1 })).toEqual(first)
    expect(await readAll(store)).toHaveLength(4)
    expect(await other.events.append('a', numbers(1), { id: 'order-1' })).toEqual({ position: 1, revision: 1 })
  })

  test('under an id that an append to another stream has is refused', async () => {
    const store = used(nats({ servers: here.url, stream: newName() }))
    await store.events.append('a', numbers(1), { id: 'order-1' })
    await expect(store.events.append('b', numbers(1), { id: 'order-1' })).rejects.toThrow(InvalidEventError)
    await expect(store.events.append('b', numbers(1), { id: 'two words' })).rejects.toThrow(TypeError)
    expect(await readAll(store)).toHaveLength(1)
  })

  test('under a new id at a wrong revision is a conflict', async () => {
    const store = used(nats({ servers: here.url, stream: newName() }))
    await store.events.append('a', numbers(1))
    const stale = store.events.append('a', numbers(2), { id: 'order-2', expectedRevision: 0 })
    await expect(stale).rejects.toThrow(RevisionConflictError)
    expect(await readAll(store)).toHaveLength(1)
  })

  test('that does not fit in a message is refused, and nothing is stored', async () => {
    const store = used(nats({ servers: here.url, stream: newName() }))
    const big = { type: 'Big', payload: 'x'.repeat(600_000) }
    await store.events.append('a', [big])
    await expect(store.events.append('a', [big, big])).rejects.toThrow(InvalidEventError)
    expect(await store.events.append('a', [big])).toEqual({ position: 2, revision: 2 })
  })

  test('to a subject that something else wrote to is refused', async () => {
    const stream = newName()
    const store = used(nats({ servers: here.url, stream }))
    await store.events.append('a', numbers(1))
    await here.connection.request(`${stream}.a`, 'text')
    const other = used(nats({ servers: here.url, stream }))
    await expect(other.events.append('a', numbers(2))).rejects.toThrow('tells no revision')
    expect(await readAll(other)).toMatchObject([{ id: 1 }, { id: 2, stream: 'a', payload: 'text' }])
  })
})

describe.runIf(natsServerIsInstalled)('an append of several events whose writer dies', { timeout: 20_000 }, () => {
  const here = onServer()

  /** Leaves an append of events of which only the first ones are numbered. */
  async function die(stream: string, events: readonly number[], numbered: number): Promise<void> {
    const store = nats({ servers: here.url, stream })
    await store.events.append('z', numbers(...events))
    await store[Symbol.asyncDispose]()
    await here.jsm.streams.purge(stream, { filter: `${stream}.z`, keep: 0 })
    const whole = { type: 'Numbered', recordedAt: new Date(0).toISOString() }
    const { headers } = await import('@nats-io/transport-node')
    const first = headers()
    first.set('Nats-Msg-Id', `dead-${stream}.0`)
    first.set('Rx-Revision', '1')
    first.set('Rx-Size', `${events.length}`)
    const body = events.map((payload, index) => ({ revision: index + 1, payload, ...whole }))
    const ack = await here.connection.request(`${stream}.a`, JSON.stringify(body), { headers: first, timeout: 5_000 })
    const { seq } = ack.json<{ readonly seq: number }>()
    for (let index = 1; index < numbered; index++) {
      const next = headers()
      next.set('Nats-Msg-Id', `dead-${stream}.${index}`)
      next.set('Rx-Revision', `${index + 1}`)
      next.set('Rx-First', `${seq}`)
      next.set('Rx-Index', `${index}`)
      next.set('Rx-Size', `${events.length}`)
      await here.connection.request(`${stream}.a`, JSON.stringify({ first: seq, index }), {
        headers: next,
        timeout: 5_000,
      })
    }
  }

  test.each([1, 2])('is numbered by the next reader, after %i', async (numbered) => {
    const stream = newName()
    await die(stream, [1, 2, 3], numbered)
    const store = used(nats({ servers: here.url, stream }))
    const events = await readAll(store)
    expect(events.map(({ payload, revision }) => [payload, revision])).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ])
  })

  test.each([1, 2])('is numbered by the next writer of its stream, after %i', async (numbered) => {
    const stream = newName()
    await die(stream, [1, 2, 3], numbered)
    const store = used(nats({ servers: here.url, stream }))
    expect(await store.events.append('a', numbers(4), { expectedRevision: 3 })).toMatchObject({ revision: 4 })
    expect((await readAll(store)).map(({ payload }) => payload)).toEqual([1, 2, 3, 4])
  })

  test('is numbered once by many that find it at the same time', async () => {
    const stream = newName()
    const events = Array.from({ length: 600 }, (_, index) => index)
    await die(stream, events, 1)
    const stores = Array.from({ length: 4 }, () => used(nats({ servers: here.url, stream })))
    const [one, two, three, four] = stores
    const other = three!.events.append('b', numbers(-1))
    await Promise.all([readAll(one!), readAll(two!), four!.events.append('a', numbers(600)), other])
    for (const store of stores) {
      expect((await readAll(store, { streams: ['a'] })).map(({ payload }) => payload)).toEqual([...events, 600])
    }
  })

  test('is not passed by a page, and the events before it are given out', async () => {
    const stream = newName()
    const store = used(nats({ servers: here.url, stream }))
    await store.events.append('b', numbers(7))
    await die(stream, [1, 2], 1)
    const page = await store.events.read({ after: 0, limit: 10 })
    expect(page.events.map(({ payload }) => payload)).toEqual([7])
    expect(page.through).toBeLessThan(page.head)
    expect((await readAll(store)).map(({ payload }) => payload)).toEqual([7, 1, 2])
  })
})

describe.runIf(natsServerIsInstalled)('appends of several events by many at once', { timeout: 30_000 }, () => {
  const here = onServer()

  test('are all whole, in order, and without a position left out', async () => {
    const stream = newName()
    const stores = Array.from({ length: 4 }, () => used(nats({ servers: here.url, stream })))
    const reader = used(nats({ servers: here.url, stream }))
    let done = false
    const writing = Promise.all(
      Array.from({ length: 120 }, (_, round) =>
        stores[round % 4]!.events.append(
          `s${round % 5}`,
          Array.from({ length: 1 + (round % 7) }, (_, index) => ({ type: 'Part', payload: [round, index] })),
        ),
      ),
    ).finally(() => {
      done = true
    })
    const seen: unknown[] = []
    let through = 0
    await until('all is read', async () => {
      const last = done
      const page = await reader.events.read({ after: through, limit: 7 })
      seen.push(...page.events)
      through = page.through
      return last && page.through === page.head
    })
    await writing
    const all = await readAll(reader)
    expect(seen).toEqual(all)
    expect(all.map(({ id }) => id)).toEqual(all.map((_, index) => index + 1))
    for (let number = 0; number < 5; number++) {
      const own = all.filter(({ stream: name }) => name === `s${number}`)
      expect(own.map(({ revision }) => revision)).toEqual(own.map((_, index) => index + 1))
      const parts = own.map(({ payload }) => payload as [round: number, index: number])
      for (const [place, [round, index]] of parts.entries())
        if (index > 0) expect(parts[place - 1]).toEqual([round, index - 1])
    }
    expect(all).toHaveLength(Array.from({ length: 120 }, (_, round) => 1 + (round % 7)).reduce((a, b) => a + b))
  })
})
