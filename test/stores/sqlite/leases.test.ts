import { DatabaseSync } from 'node:sqlite'
import { type Lease, LeaseLostError, memory } from 'rx-projection'
import { type SqliteStore, sqlite } from 'rx-projection/sqlite'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { type Process, startProcess } from '../../support/startProcess.ts'
import { newFile } from '../support/folder.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const STEPS = [HOUR, -HOUR, 60 * DAY, -60 * DAY]

/** The monotonic clock of this process, moved by hand. */
function handClock(): { pass: (ms: number) => void } {
  let now = 1_000
  const spy = vi.spyOn(performance, 'now').mockImplementation(() => now)
  onTestFinished(() => spy.mockRestore())
  return {
    pass(ms) {
      now += ms
    },
  }
}

function open(path: string): SqliteStore {
  const store = sqlite(path)
  onTestFinished(() => store[Symbol.asyncDispose]())
  return store
}

const ttl = 1_000
const take = ({ leases }: Pick<SqliteStore, 'leases'>, owner: string): Lease | undefined =>
  leases.acquire('l', { owner, ttl }) as Lease | undefined

/** A lease as version 0.1.0 writes it, with the time of day until which it is held. */
function writeAsOlder(path: string, epoch: number, until: number): void {
  const db = new DatabaseSync(path)
  db.prepare('INSERT OR REPLACE INTO rx_leases (name, epoch, owner, until) VALUES (?, ?, ?, ?)').run(
    'l',
    epoch,
    'older',
    until,
  )
  db.close()
}

function readAsOlder(path: string): { epoch: number; until: number } {
  const db = new DatabaseSync(path)
  const row = db.prepare("SELECT epoch, until FROM rx_leases WHERE name = 'l'").get()
  db.close()
  return row as { epoch: number; until: number }
}

/** A process that holds a lease, and answers when it is told something. */
type Holder = Process & { readonly ask: (words: string) => Promise<string> }

function start(path: string, owner: string): Holder {
  const started = startProcess(new URL('./support/leaseHolder.ts', import.meta.url), path, owner)
  return Object.assign(started, {
    ask(words: string): Promise<string> {
      const from = started.said.length
      started.tell(words)
      return started.until((said) => said[from])
    },
  })
}

describe('a lease in a file', () => {
  test('is free when its row has not moved for its time, by the clock of the one who waits', () => {
    const clock = handClock()
    const path = newFile()
    const [holder, standby] = [open(path), open(path)]
    expect(take(holder, 'me')?.epoch).toBe(1)
    clock.pass(5_000)
    // It sees the row for the first time: how long it has stood there, nobody tells it.
    expect(take(standby, 'you')).toBeUndefined()
    clock.pass(ttl - 1)
    expect(take(standby, 'you')).toBeUndefined()
    clock.pass(1)
    expect(take(standby, 'you')?.epoch).toBe(2)
  })

  test('stays with a holder that renews it, and waits for the time of the last renewal', () => {
    const clock = handClock()
    const path = newFile()
    const [holder, standby] = [open(path), open(path)]
    const lease = take(holder, 'me')!
    for (let turn = 0; turn < 5; turn++) {
      expect(take(standby, 'you')).toBeUndefined()
      clock.pass(ttl - 1)
      holder.leases.renew(lease, { ttl })
    }
    holder.leases.renew(lease, { ttl: 3 * ttl })
    expect(take(standby, 'you')).toBeUndefined()
    clock.pass(3 * ttl - 1)
    expect(take(standby, 'you')).toBeUndefined()
    clock.pass(1)
    expect(take(standby, 'you')?.epoch).toBe(2)
    expect(() => holder.leases.renew(lease, { ttl })).toThrow(LeaseLostError)
  })

  test('that is given back is free for who has seen it held', () => {
    handClock()
    const path = newFile()
    const [holder, standby] = [open(path), open(path)]
    const lease = take(holder, 'me')!
    expect(take(standby, 'you')).toBeUndefined()
    holder.leases.release(lease)
    expect(take(standby, 'you')?.epoch).toBe(2)
    expect(take(holder, 'me')).toBeUndefined()
  })

  test('goes by the time that the option now tells, where a test gives it, as far as it goes forwards', () => {
    for (const make of [
      (now: () => string) => memory({ now }),
      (now: () => string) => sqlite(':memory:', { now }) as unknown as ReturnType<typeof memory>,
    ]) {
      const time = { now: 10 * HOUR }
      const store = make(() => new Date(time.now).toISOString())
      expect(take(store, 'me')?.epoch).toBe(1)
      time.now += ttl - 1
      expect(take(store, 'you')).toBeUndefined()
      time.now -= HOUR
      expect(take(store, 'you')).toBeUndefined()
      time.now += 1
      expect(take(store, 'you')?.epoch).toBe(2)
      void store[Symbol.asyncDispose]()
    }
  })

  test.each(STEPS)('in memory does not notice that the time of day is set by %i ms', (step) => {
    const clock = handClock()
    const store = memory()
    const lease = take(store, 'me')!
    const real = Date.now
    vi.spyOn(Date, 'now').mockImplementation(() => real() + step)
    onTestFinished(() => void vi.restoreAllMocks())
    clock.pass(ttl - 1)
    expect(take(store, 'you')).toBeUndefined()
    store.leases.renew(lease, { ttl })
    clock.pass(ttl - 1)
    expect(take(store, 'you')).toBeUndefined()
    clock.pass(1)
    expect(take(store, 'you')?.epoch).toBe(2)
  })
})

describe('a lease of a process whose time of day is set', { timeout: 60_000 }, () => {
  test.each(STEPS)('by %i ms is taken over one ttl after the process died', async (step) => {
    const path = newFile()
    const clock = handClock()
    const standby = open(path)
    const holder = start(path, 'holder')
    await holder.ask(`step ${step}`)
    expect(await holder.ask(`acquire ${ttl}`)).toBe('epoch 1')
    expect(take(standby, 'standby')).toBeUndefined()
    await holder.kill()
    clock.pass(ttl - 1)
    expect(take(standby, 'standby')).toBeUndefined()
    clock.pass(1)
    expect(take(standby, 'standby')?.epoch).toBe(2)
  })

  test.each(STEPS)('by %i ms, while it holds the lease, stays with it, and is given back', async (step) => {
    const path = newFile()
    const clock = handClock()
    const standby = open(path)
    const holder = start(path, 'holder')
    expect(await holder.ask('acquire 60000')).toBe('epoch 1')
    expect(take(standby, 'standby')).toBeUndefined()
    await holder.ask(`step ${step}`)
    clock.pass(59_999)
    expect(await holder.ask('renew 60000')).toBe('renewed')
    expect(take(standby, 'standby')).toBeUndefined()
    clock.pass(59_999)
    expect(take(standby, 'standby')).toBeUndefined()
    expect(await holder.ask('release')).toBe('released')
    expect(take(standby, 'standby')?.epoch).toBe(2)
    await holder.stops()
  })

  test.each(STEPS)('by %i ms, while it waits, is not taken from its holder', async (step) => {
    const path = newFile()
    const holder = open(path)
    const lease = holder.leases.acquire('l', { owner: 'holder', ttl: 60_000 }) as Lease
    const standby = start(path, 'standby')
    expect(await standby.ask('acquire 60000')).toBe('held')
    await standby.ask(`step ${step}`)
    expect(await standby.ask('acquire 60000')).toBe('held')
    holder.leases.release(lease)
    expect(await standby.ask('acquire 60000')).toBe('epoch 2')
    await standby.stops()
  })
})

describe('beside a process of version 0.1.0, a lease', () => {
  test('is held until as late as the other expects it, and free for it when it was given back', () => {
    const path = newFile()
    const store = open(path)
    const before = Date.now()
    const lease = take(store, 'me')!
    expect(readAsOlder(path).until).toBeGreaterThanOrEqual(before + ttl)
    expect(readAsOlder(path).until).toBeLessThanOrEqual(Date.now() + ttl)
    store.leases.renew(lease, { ttl: HOUR })
    expect(readAsOlder(path).until).toBeGreaterThanOrEqual(before + HOUR)
    store.leases.release(lease)
    expect(readAsOlder(path)).toEqual({ epoch: 1, until: 0 })
  })

  test.each([
    ['that is right', 0],
    ['that is an hour ahead', HOUR],
    ['that is an hour behind', -HOUR],
  ])('of the other, by a clock %s, is free one ttl after it was renewed last', (_, step) => {
    const clock = handClock()
    const path = newFile()
    const store = open(path)
    for (let renewal = 0; renewal < 3; renewal++) {
      writeAsOlder(path, 4, Date.now() + step + ttl + renewal)
      expect(take(store, 'me')).toBeUndefined()
      clock.pass(ttl - 1)
      expect(take(store, 'me')).toBeUndefined()
    }
    clock.pass(1)
    expect(take(store, 'me')?.epoch).toBe(5)
  })

  test('of the other that was given back is free', () => {
    const path = newFile()
    const store = open(path)
    writeAsOlder(path, 4, 0)
    expect(take(store, 'me')?.epoch).toBe(5)
  })

  test('that the other took over is lost', () => {
    const path = newFile()
    const store = open(path)
    const lease = take(store, 'me')!
    writeAsOlder(path, 2, Date.now() + ttl)
    expect(() => store.leases.renew(lease, { ttl })).toThrow(LeaseLostError)
    store.leases.release(lease)
    expect(readAsOlder(path).epoch).toBe(2)
    expect(take(store, 'me')).toBeUndefined()
  })
})
