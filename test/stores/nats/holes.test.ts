import { defineProjection, type LogHole, MissingHistoryError, startProjection } from 'rx-projection'
import { type NatsOptions, type NatsStore, nats } from 'rx-projection/nats'
import { ensureSequential, followLog } from 'rx-projection/operators'
import { describe, expect, test } from 'vitest'
import { natsServerIsInstalled } from '../../support/natsServer.ts'
import { linksOf, newName, numbers, onServer, readAll, until, used } from './support/onServer.ts'

interface Numbered {
  readonly type: 'Numbered'
  readonly payload: number
}

const sum = defineProjection<number, Numbered>({
  name: 'sum',
  initialState: () => 0,
  on: { Numbered: (state, { payload }) => state + payload },
})

describe.runIf(natsServerIsInstalled)('messages that are missing', { timeout: 20_000 }, () => {
  const here = onServer()

  /** A stream with limits of an operator's, and ten events of which the limits have left some. */
  async function limited(
    config: Parameters<typeof here.jsm.streams.add>[0] extends infer C ? Partial<C> : never,
    options: Partial<NatsOptions> = {},
  ): Promise<{ readonly stream: string; readonly store: NatsStore; readonly holes: LogHole[] }> {
    const stream = newName()
    await here.jsm.streams.add({ ...config, name: stream, subjects: [`${stream}.>`] })
    const holes: LogHole[] = []
    const store = used(nats({ servers: here.url, stream, onHole: (hole) => holes.push(hole), ...options }))
    for (let number = 1; number <= 10; number++) {
      await store.events.append(number % 2 === 0 ? 'even' : 'odd', numbers(number))
    }
    return { stream, store, holes }
  }

  test('since somebody deleted them are passed and told once', async () => {
    const { stream, store, holes } = await limited({})
    for (const seq of [1, 4, 5, 10]) await here.jsm.streams.deleteMessage(stream, seq)
    const links = [
      [0, 2],
      [2, 3],
      [3, 6],
      [6, 7],
      [7, 8],
      [8, 9],
    ]
    expect(linksOf(await readAll(store))).toEqual(links)
    expect(linksOf(await readAll(store))).toEqual(links)
    expect(holes).toEqual([
      { from: 1, to: 1, reason: 'deleted' },
      { from: 4, to: 5, reason: 'deleted' },
      { from: 10, to: 10, reason: 'deleted' },
    ])
  })

  test('are told to each reader that asks', async () => {
    const { stream, store } = await limited({})
    await here.jsm.streams.deleteMessage(stream, 4)
    for (let reader = 0; reader < 2; reader++) {
      const holes: LogHole[] = []
      await store.events.read({ after: 2, limit: 10, onHole: (hole) => holes.push(hole) })
      expect(holes).toEqual([{ from: 4, to: 4, reason: 'deleted' }])
    }
  })

  test('behind the end of a page are led over by the next one, and no loss', async () => {
    const { stream, store } = await limited({})
    await here.jsm.streams.deleteMessage(stream, 10)
    expect(await store.events.read({ after: 7, limit: 10 })).toMatchObject({ through: 10 })
    await store.events.append('odd', numbers(11))
    const [event] = (await store.events.read({ after: 10, limit: 10 })).events
    expect(event).toMatchObject({ id: 11, previous: 10 })
    const ids: number[] = []
    const errors: unknown[] = []
    const following = followLog({ events: store.events }, { after: 8 })
      .pipe(ensureSequential({ after: 8 }))
      .subscribe({
        next: (page) => {
          for (const { id } of page) ids.push(id)
        },
        error: (error) => errors.push(error),
      })
    await until('all are there', () => ids.length === 2 || errors.length > 0)
    following.unsubscribe()
    expect([ids, errors]).toEqual([[9, 11], []])
    // An event that was there says nothing of the kind.
    const [next] = (await store.events.read({ after: 8, limit: 1 })).events
    expect(next).not.toHaveProperty('previous')
  })

  test.each([
    ['max_msgs', { max_msgs: 4 }, {}],
    ['max_msgs, read by one stream', { max_msgs: 4 }, { streams: ['even'] }],
    ['max_bytes', { max_bytes: 1_000 }, {}],
    ['max_age', { max_age: 150 * 1_000_000 }, {}],
  ])('at the beginning, discarded by %s, are an error for who asks for them', async (_, config, read) => {
    const { stream, store, holes } = await limited(config)
    if ('max_age' in config) {
      await until('all are too old', async () => (await here.jsm.streams.info(stream)).state.messages === 0)
    }
    const { first_seq: first } = (await here.jsm.streams.info(stream)).state
    const error = await Promise.resolve(store.events.read({ after: 0, limit: 10, ...read })).catch(
      (why: unknown) => why,
    )
    expect(error).toBeInstanceOf(MissingHistoryError)
    expect(error).toMatchObject({ name: 'MissingHistoryError', after: 0, first, retryable: false })
    expect(holes).toEqual([{ from: 1, to: first - 1, reason: 'discarded' }])
    await expect(store.events.read({ after: first - 2, limit: 10, ...read })).rejects.toThrow(MissingHistoryError)
    expect((await store.events.read({ after: first - 1, limit: 10, ...read })).head).toBe(10)
    // Who only looks at one event is not stopped: at the head, or at the one that a snapshot ends with.
    expect((await store.events.read({ after: first - 2, limit: 1, ...read })).head).toBe(10)
  })

  test.each([['max_msgs_per_subject', { max_msgs_per_subject: 2 }]])(
    'between others, discarded by %s, are an error',
    async (_, config) => {
      const { store, holes } = await limited(config)
      await store.events.append('even', numbers(11))
      await store.events.append('even', numbers(12))
      await expect(store.events.read({ after: 6, limit: 10 })).rejects.toMatchObject({ after: 7, first: 9 })
      expect(holes).toEqual([{ from: 8, to: 8, reason: 'discarded' }])
    },
  )

  test('are only reported where that is chosen', async () => {
    const { store, holes } = await limited({ max_msgs: 4 }, { onMissingHistory: 'report' })
    expect((await readAll(store)).map(({ id }) => id)).toEqual([7, 8, 9, 10])
    expect((await readAll(store, { streams: ['odd'] })).map(({ id }) => id)).toEqual([7, 9])
    expect(holes).toEqual([{ from: 1, to: 6, reason: 'discarded' }])
  })

  test('are no concern of a stream that refuses new messages instead', async () => {
    const stream = newName()
    const config = { max_msgs: 4, discard: 'new' as never }
    await here.jsm.streams.add({ ...config, name: stream, subjects: [`${stream}.>`] })
    const store = used(nats({ servers: here.url, stream }))
    for (let number = 1; number <= 4; number++) await store.events.append('a', numbers(number))
    await expect(store.events.append('a', numbers(5))).rejects.toThrow('maximum messages exceeded')
    await here.jsm.streams.deleteMessage(stream, 1)
    expect((await readAll(store)).map(({ id }) => id)).toEqual([2, 3, 4])
  })

  test('are told in the telemetry of each run that reads over them', async () => {
    const { stream, store } = await limited({})
    await here.jsm.streams.deleteMessage(stream, 4)
    for (const instance of ['one', 'two']) {
      const told: unknown[] = []
      await using run = startProjection(sum, { store: store as NatsStore<Numbered>, instance })
      run.telemetry$.subscribe((event) => event.type === 'hole' && told.push(event))
      await run.whenCaughtUp()
      expect(told).toEqual([{ projection: `sum@${instance}`, type: 'hole', from: 4, to: 4, reason: 'deleted' }])
    }
  })

  test('fault a projection that would fold without them', async () => {
    const { store } = await limited({ max_msgs: 4 })
    const run = startProjection(sum, { store: store as NatsStore<Numbered>, onError: () => {} })
    await expect(run.whenCaughtUp()).rejects.toThrow(MissingHistoryError)
  })

  test('are told by the option that is a function, and by no other', () => {
    const some = { servers: here.url, stream: 'a' }
    expect(() => nats({ ...some, onHole: 'yes' as never })).toThrow(TypeError)
    expect(() => nats({ ...some, onMissingHistory: 'ignore' as never })).toThrow(TypeError)
  })
})
