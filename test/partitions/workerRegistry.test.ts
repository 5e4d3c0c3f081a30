import { memory } from 'rx-projection'
import { describe, expect, test } from 'vitest'
import { WorkerRegistry } from '../../src/partitions/WorkerRegistry.ts'

function registryOf(slots: number) {
  const clock = { now: 0 }
  const store = memory({ now: () => new Date(clock.now).toISOString() })
  const join = (owner: string) =>
    new WorkerRegistry({ name: 'p', owner, ...store, slots, ttl: 100, now: () => clock.now })
  return { clock, store, join }
}

describe('the registry of workers', () => {
  test('gives each worker a slot, and counts those that live', () => {
    const { join } = registryOf(2)
    const [a, b, c] = ['a', 'b', 'c'].map(join) as [WorkerRegistry, WorkerRegistry, WorkerRegistry]
    expect(a.heartbeat()).toEqual({ slot: 0, workers: 1 })
    expect(b.heartbeat()).toEqual({ slot: 1, workers: 2 })
    expect(c.heartbeat()).toBeUndefined()
    expect(a.heartbeat()).toEqual({ slot: 0, workers: 2 })
    a.deregister()
    expect(b.heartbeat()).toEqual({ slot: 1, workers: 1 })
    a.releaseSlot()
    expect(c.heartbeat()).toEqual({ slot: 0, workers: 2 })
  })

  test('counts no worker that sends no heartbeat for the whole of its ttl', () => {
    const { clock, join } = registryOf(4)
    const [a, b] = [join('a'), join('b')]
    a.heartbeat()
    for (clock.now = 0; clock.now < 100; clock.now += 30) expect(b.heartbeat()).toMatchObject({ workers: 2 })
    expect(b.heartbeat()).toMatchObject({ workers: 1 })
  })

  test('notices immediately when the slot of a dead worker is taken', () => {
    const { clock, join } = registryOf(4)
    const [a, b, c] = ['a', 'b', 'c'].map(join) as [WorkerRegistry, WorkerRegistry, WorkerRegistry]
    a.heartbeat()
    for (; clock.now <= 120; clock.now += 30) b.heartbeat()
    expect(b.heartbeat()).toMatchObject({ workers: 1 })
    expect(c.heartbeat()).toMatchObject({ slot: 0 })
    expect(b.heartbeat()).toMatchObject({ workers: 2 })
  })

  test('has another slot for one that slept and lost its own', () => {
    const { clock, join } = registryOf(4)
    const [a, b] = [join('a'), join('b')]
    a.heartbeat()
    clock.now = 100
    expect(b.heartbeat()).toMatchObject({ slot: 0 })
    // Deregistering from a slot that is lost is no failure, and changes nothing.
    a.deregister()
    expect(b.heartbeat()).toMatchObject({ slot: 0, workers: 1 })
    expect(() => a.heartbeat()).toThrow('the lease "p/worker-1" of epoch 1 is lost')
    expect(a.heartbeat()).toEqual({ slot: 1, workers: 2 })
  })
})
