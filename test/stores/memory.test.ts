import fc from 'fast-check'
import { type LogPage, type MemoryOptions, memory, StoreError } from 'rx-projection'
import { storeConformance } from 'rx-projection/testing'
import { describe, expect, test } from 'vitest'
import { mergePositions } from '../../src/stores/memory/mergePositions.ts'

const event = { type: 'A', payload: { list: [1] }, metadata: { user: 'ann' } }

describe('memory() conforms', () => {
  for (const { name, run } of storeConformance({ open: () => memory() })) test(name, run)
})

describe('memory()', () => {
  test('answers with values, never with promises', () => {
    const { events, snapshots, positions } = memory()
    expect(events.read({ after: 0, limit: 1 })).toEqual({ events: [], through: 0, head: 0 })
    expect(snapshots.save('a', 1, { offset: 1, state: 1 })).toBeUndefined()
    expect(snapshots.load('a', 1)).toEqual({ offset: 1, state: 1 })
    expect(snapshots.delete('a', 1)).toBeUndefined()
    expect(positions.save('a', 1)).toBeUndefined()
    expect(positions.load('a')).toBe(1)
  })

  test('has appended, and hinted, when append returns', async () => {
    const { events } = memory()
    const heads: number[] = []
    events.hints$.subscribe(() => heads.push((events.read({ after: 0, limit: 1 }) as LogPage).head))
    const appended = events.append('a', [event, event])
    expect(heads).toEqual([2])
    expect(await appended).toEqual({ position: 2, revision: 2 })
  })

  test('does not hint at a refused append', async () => {
    const { events } = memory()
    let hints = 0
    events.hints$.subscribe(() => hints++)
    await events.append('a', []).catch(() => undefined)
    expect(hints).toBe(0)
  })

  test('takes an append from within a hint', async () => {
    const { events } = memory()
    events.hints$.subscribe((position) => {
      if (position === 1) void events.append('b', [event])
    })
    expect(await events.append('a', [event])).toEqual({ position: 1, revision: 1 })
    expect((events.read({ after: 0, limit: 5 }) as LogPage).events.map(({ stream }) => stream)).toEqual(['a', 'b'])
  })

  test('hands out events that nobody can change', async () => {
    const { events } = memory()
    await events.append('a', [event])
    const [stored] = (events.read({ after: 0, limit: 1 }) as LogPage).events
    expect([stored, stored?.payload, stored?.metadata].every(Object.isFrozen)).toBe(true)
    const [filtered] = (events.read({ after: 0, limit: 1, streams: ['a'] }) as LogPage).events
    expect(Object.isFrozen(filtered?.payload)).toBe(true)
  })

  test('gives events the time that the option now tells', async () => {
    const { events } = memory({ now: () => '2026-05-04T10:00:00.000Z' })
    await events.append('a', [event, { ...event, recordedAt: '2020-01-01T00:00:00Z' }])
    const page = events.read({ after: 0, limit: 2 }) as LogPage
    expect(page.events.map(({ recordedAt }) => recordedAt)).toEqual([
      '2026-05-04T10:00:00.000Z',
      '2020-01-01T00:00:00Z',
    ])
  })

  test('stores nothing when the option now tells no time', async () => {
    const { events } = memory({ now: () => 'noon' })
    await expect(events.append('a', [event])).rejects.toThrow('now must return an ISO 8601 time in UTC, not "noon"')
    expect((events.read({ after: 0, limit: 1 }) as LogPage).head).toBe(0)
  })

  test('passes on, as the cause, what a getter of a payload throws', async () => {
    const payload = {
      get broken(): never {
        throw 'no error'
      },
    }
    const append = memory().events.append('a', [{ type: 'A', payload }])
    await expect(append).rejects.toMatchObject({
      name: 'InvalidEventError',
      field: 'events[0].payload',
      cause: 'no error',
    })
  })

  test('does not read for somebody who is gone', () => {
    const gone = new Error('gone')
    expect(() => memory().events.read({ after: 0, limit: 1, signal: AbortSignal.abort(gone) })).toThrow(gone)
  })

  test('completes its hints with its disposal, and names itself in errors', async () => {
    const store = memory()
    const ends: string[] = []
    store.events.hints$.subscribe({ complete: () => ends.push('complete') })
    await store[Symbol.asyncDispose]()
    expect(ends).toEqual(['complete'])
    expect(() => store.positions.load('a')).toThrow(new StoreError('memory:', 'the store is closed'))
  })

  test('checks its options', () => {
    expect(() => memory({ now: 'noon' } as unknown as MemoryOptions)).toThrow(TypeError)
    expect(() => memory(null as unknown as MemoryOptions)).toThrow(TypeError)
  })

  test('says that a state is too large to be text', { timeout: 60_000 }, () => {
    const { snapshots } = memory()
    const long = '\n'.repeat(2 ** 27)
    const save = () => snapshots.save('p', 1, { offset: 1, state: [long, long] })
    expect(save).toThrow(expect.objectContaining({ name: 'StateTooLargeError', projection: 'p', size: undefined }))
    expect(snapshots.load('p', 1)).toBeUndefined()
  })
})

describe('mergePositions', () => {
  /** Some streams' lists of positions: each position in one of them. */
  const lists = fc
    .array(fc.integer({ min: 0, max: 6 }), { maxLength: 80 })
    .map((owners) =>
      Array.from({ length: 7 }, (_, owner) => owners.flatMap((own, index) => (own === owner ? [index + 1] : []))),
    )

  test('gives the first positions of all lists behind a position, in order', () => {
    fc.assert(
      fc.property(
        lists,
        fc.nat({ max: 90 }),
        fc.integer({ min: 1, max: 30 }),
        fc.nat({ max: 7 }),
        (all, after, limit, n) => {
          const some = all.slice(0, n)
          const expected = some
            .flat()
            .filter((position) => position > after)
            .sort((a, b) => a - b)
          expect(mergePositions(some, after, limit)).toEqual(expected.slice(0, limit))
        },
      ),
      { numRuns: 2_000 },
    )
  })

  test('looks at few positions of long lists', () => {
    let looks = 0
    const counted = (list: readonly number[]): readonly number[] =>
      new Proxy(list, {
        get(target, key) {
          if (typeof key === 'string' && /^\d+$/.test(key)) looks++
          return Reflect.get(target, key)
        },
      })
    const odd = Array.from({ length: 100_000 }, (_, index) => 2 * index + 1)
    const even = odd.map((position) => position + 1)
    expect(mergePositions([counted(odd), counted(even)], 100_000, 4)).toEqual([100_001, 100_002, 100_003, 100_004])
    expect(looks).toBeLessThan(60)
  })
})
