import { TimeoutError } from 'rx-projection'
import { expect, onTestFinished, test, vi } from 'vitest'
import { openHalf } from './support/halfOpenStore.ts'
import { describeOnServer } from './support/onServer.ts'

const whole = { after: 0, limit: 100 }
const event = { type: 'A', payload: 1 }
const HOUR = 3_600_000

describeOnServer('a connection whose other end is gone without a word', (on) => {
  for (const pool of [false, true]) {
    test(`is given up when a statement had no answer for 30 s, and the next one has another (${pool ? 'a pool of the application' : 'a pool of its own'})`, async () => {
      const { proxy, time, store, sent } = await openHalf(on, {}, pool)
      proxy.silence()
      const calls: readonly (() => unknown)[] = [
        () => store.events.read(whole),
        () => store.events.append('a', [event]),
        () => store.positions.load('p'),
        () => store.positions.save('p', 1),
        () => store.snapshots.load('p', 1),
        () => store.snapshots.save('p', 1, { offset: 1, state: 1 }),
        () => store.transactions.run(({ positions }) => positions.load('p')),
      ]
      let now = 0
      for (const call of calls) {
        const { swallowed } = proxy
        const settled = vi.fn<(error: unknown) => void>()
        Promise.resolve(call()).then(() => settled('answered'), settled)
        await sent(swallowed)
        await time.passTo(now + 29_999)
        expect(settled).not.toHaveBeenCalled()
        now += 30_000
        await time.passTo(now)
        await expect.poll(() => settled.mock.calls.length).toBe(1)
        expect(settled.mock.calls[0]![0]).toBeInstanceOf(TimeoutError)
        expect(settled.mock.calls[0]![0]).toMatchObject({ retryable: true, timeout: 30_000 })
        expect((settled.mock.calls[0]![0] as Error).message).not.toContain('Secr3t')
        // The next one has a connection of its own, and works.
        expect(await store.positions.load('other')).toBe(0)
        proxy.silence()
      }
    })
  }

  test('is given up after the patience that is asked for', async () => {
    const { proxy, time, store, sent } = await openHalf(on, { patience: 70 })
    proxy.silence()
    const read = store.events.read(whole).catch((error: unknown) => error)
    await sent()
    await time.passTo(70)
    expect(await read).toMatchObject({ name: 'TimeoutError', timeout: 70 })
  })

  test('does not keep a read that is aborted, which ends its connection', async () => {
    const { proxy, store, sent } = await openHalf(on)
    proxy.silence()
    const aborter = new AbortController()
    const reading = store.events.read({ ...whole, signal: aborter.signal })
    const rejected = expect(reading).rejects.toBe('enough')
    await sent()
    const before = proxy.open
    aborter.abort('enough')
    await rejected
    await expect.poll(() => proxy.open).toBe(before - 1)
    expect(await store.positions.load('p')).toBe(0)
  })

  test('is given up as well where somebody else had less patience, and no other one of its age is used', async () => {
    const { proxy, time, store, sent } = await openHalf(on)
    // Two connections that are idle then.
    await Promise.all([store.positions.load('p'), store.positions.load('q')])
    const again = vi.fn()
    const hearing = store.events.reconnects$.subscribe(again)
    onTestFinished(() => hearing.unsubscribe())
    proxy.silence()
    const aborter = new AbortController()
    const rejected = expect(store.events.read({ ...whole, signal: aborter.signal })).rejects.toBe('too late')
    await sent()
    await time.passTo(20_000)
    aborter.abort('too late')
    await rejected
    expect((await store.events.read(whole)).events).toHaveLength(1)
    expect(again).toHaveBeenCalledTimes(1)
  })

  test('that a new connection makes of all that are tried ends in a TimeoutError, too', async () => {
    const { proxy, time, store, sent } = await openHalf(on)
    proxy.cut()
    await expect.poll(() => proxy.open).toBe(0)
    proxy.swallowsNew = true
    const read = store.events.read(whole).catch((error: unknown) => error)
    await sent()
    await time.passTo(30_000)
    expect(await read).toMatchObject({ name: 'TimeoutError', message: expect.stringMatching(/a free connection/) })
  })

  test('is noticed where it listens, and its successor hints', async () => {
    const reconnected: unknown[] = []
    const { proxy, time, store, sent } = await openHalf(on, { onReconnect: (error) => void reconnected.push(error) })
    const { made } = proxy
    const hinted = vi.fn()
    const taking = store.events.hints$.subscribe(hinted)
    onTestFinished(() => taking.unsubscribe())
    await expect.poll(() => hinted.mock.calls.length).toBe(1)
    expect(proxy.made).toBe(made + 1)
    const again = vi.fn()
    const hearing = store.events.reconnects$.subscribe(again)
    onTestFinished(() => hearing.unsubscribe())
    proxy.silence()
    await time.passTo(10_000)
    await sent()
    expect(reconnected).toEqual([])
    await time.passTo(40_000)
    await expect.poll(() => reconnected).toMatchObject([{ name: 'TimeoutError' }])
    await time.passTo(40_100)
    await expect.poll(() => hinted.mock.calls.length).toBe(2)
    expect(again).toHaveBeenCalledTimes(1)
  })

  test('is asked again and again where it listens, as long as it answers', async () => {
    const reconnected = vi.fn()
    const { proxy, time, store } = await openHalf(on, { onReconnect: reconnected })
    const hinted = vi.fn()
    const taking = store.events.hints$.subscribe(hinted)
    onTestFinished(() => taking.unsubscribe())
    await expect.poll(() => hinted.mock.calls.length).toBe(1)
    const { made } = proxy
    for (let probes = 1; probes <= 5; probes++) {
      const { answered } = proxy
      await time.passTo(probes * 10_000)
      await expect.poll(() => proxy.answered).toBeGreaterThan(answered)
    }
    expect(reconnected).not.toHaveBeenCalled()
    expect(proxy.made).toBe(made)
  })

  test('does not keep a store from closing', async () => {
    const { proxy, time, store, sent } = await openHalf(on)
    await store.leases.acquire('one', { owner: 'a', ttl: HOUR })
    const taking = store.events.hints$.subscribe()
    await expect.poll(() => proxy.open).toBe(3)
    proxy.silence()
    const read = store.events.read(whole).catch((error: unknown) => error)
    await sent()
    const closed = vi.fn()
    store[Symbol.asyncDispose]().then(closed)
    await time.passTo(2_999)
    expect(closed).not.toHaveBeenCalled()
    await time.passTo(3_000)
    await expect.poll(() => closed.mock.calls.length).toBe(1)
    expect(await read).toMatchObject({ name: 'StoreError', message: expect.stringMatching(/closed/) })
    await expect.poll(() => proxy.open).toBe(0)
    expect(taking.closed).toBe(true)
  })

  test('does not keep a store from closing whose connections are idle', async () => {
    const { proxy, time, store } = await openHalf(on)
    proxy.silence()
    const closed = vi.fn()
    store[Symbol.asyncDispose]().then(closed)
    await time.passTo(3_000)
    await expect.poll(() => closed.mock.calls.length).toBe(1)
    await expect.poll(() => proxy.open).toBe(0)
  })
})
