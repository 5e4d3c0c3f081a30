import { memory } from 'rx-projection'
import { describe, expect, test } from 'vitest'
import { Crew } from '../../src/partitions/Crew.ts'

function crewOf(seats: number) {
  const clock = { now: 0 }
  const store = memory({ now: () => new Date(clock.now).toISOString() })
  const join = (owner: string) => new Crew({ name: 'p', owner, ...store, seats, ttl: 100, now: () => clock.now })
  return { clock, store, join }
}

describe('a crew', () => {
  test('gives each worker a seat, and counts those that live', () => {
    const { join } = crewOf(2)
    const [a, b, c] = ['a', 'b', 'c'].map(join) as [Crew, Crew, Crew]
    expect(a.beat()).toEqual({ seat: 0, workers: 1 })
    expect(b.beat()).toEqual({ seat: 1, workers: 2 })
    expect(c.beat()).toBeUndefined()
    expect(a.beat()).toEqual({ seat: 0, workers: 2 })
    a.leave()
    expect(b.beat()).toEqual({ seat: 1, workers: 1 })
    a.end()
    expect(c.beat()).toEqual({ seat: 0, workers: 2 })
  })

  test('misses one that gives no sign of life for the whole of its time', () => {
    const { clock, join } = crewOf(4)
    const [a, b] = [join('a'), join('b')]
    a.beat()
    for (clock.now = 0; clock.now < 100; clock.now += 30) expect(b.beat()).toMatchObject({ workers: 2 })
    expect(b.beat()).toMatchObject({ workers: 1 })
  })

  test('notices at once when the seat of a dead worker is taken', () => {
    const { clock, join } = crewOf(4)
    const [a, b, c] = ['a', 'b', 'c'].map(join) as [Crew, Crew, Crew]
    a.beat()
    for (; clock.now <= 120; clock.now += 30) b.beat()
    expect(b.beat()).toMatchObject({ workers: 1 })
    expect(c.beat()).toMatchObject({ seat: 0 })
    expect(b.beat()).toMatchObject({ workers: 2 })
  })

  test('has another seat for one that slept and lost its own', () => {
    const { clock, join } = crewOf(4)
    const [a, b] = [join('a'), join('b')]
    a.beat()
    clock.now = 100
    expect(b.beat()).toMatchObject({ seat: 0 })
    // Leaving one that is lost is no failure, and changes nothing.
    a.leave()
    expect(b.beat()).toMatchObject({ seat: 0, workers: 1 })
    expect(() => a.beat()).toThrow('the lease "p/worker-1" of epoch 1 is lost')
    expect(a.beat()).toEqual({ seat: 1, workers: 2 })
  })
})
