import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Entries,
  entry,
  listEntries,
  withEntry,
  withoutEntry,
} from '../../../examples/git-history/projections/entries.ts'

const name = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', '', 'a', 'b', 'c', 'd'),
  fc.string({ unit: 'grapheme', maxLength: 3 }),
)
const step = fc.oneof(fc.record({ name, value: fc.nat() }), fc.record({ name }))
type Step = { readonly name: string; readonly value?: number }

function built(steps: readonly Step[]): Entries<number> {
  return steps.reduce<Entries<number>>(
    (entries, { name: key, value }) =>
      value === undefined ? withoutEntry(entries, key) : withEntry(entries, key, value),
    null,
  )
}

function modelled(steps: readonly Step[]): Map<string, number> {
  const model = new Map<string, number>()
  for (const { name: key, value } of steps) value === undefined ? model.delete(key) : model.set(key, value)
  return model
}

function depth(entries: Entries<unknown>): number {
  return entries === null ? 0 : 1 + Math.max(depth(entries[2]), depth(entries[3]))
}

describe('entries', () => {
  it('holds what a Map holds, in the order of the names', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), name, (steps, key) => {
        const entries = built(steps)
        const model = modelled(steps)
        expect(listEntries(entries)).toEqual([...model].sort(([one], [other]) => (one < other ? -1 : 1)))
        expect(entry(entries, key)).toBe(model.get(key))
      }),
      { numRuns: 1_000 },
    )
  })

  it('is the same data for the same contents, in whatever order they came', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const sorted = [...modelled(steps)].map(([key, value]) => ({ name: key, value }))
        expect(built(steps)).toEqual(built(sorted))
        expect(built(steps)).toEqual(built(sorted.reverse()))
      }),
      { numRuns: 1_000 },
    )
  })

  it('is JSON data', () => {
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const entries = built(steps)
        expect(JSON.parse(JSON.stringify(entries))).toEqual(entries)
      }),
    )
  })

  it('leaves the entries that it was made from as they were', () => {
    fc.assert(
      fc.property(fc.array(step), step, (steps, last) => {
        const before = built(steps)
        const copy = structuredClone(before)
        withEntry(before, last.name, 1)
        withoutEntry(before, last.name)
        expect(before).toEqual(copy)
      }),
    )
  })

  it('stays shallow, also for names that come in order', () => {
    const inOrder = Array.from({ length: 10_000 }, (_, index) => ({ name: `file${index}`, value: index }))
    expect(depth(built(inOrder))).toBeLessThan(50)
  })

  it('copies only the path to a name', () => {
    const before = built(Array.from({ length: 1_000 }, (_, index) => ({ name: `file${index}`, value: index })))
    const nodes = new Set<unknown>()
    const collect = (entries: Entries<number>): void => {
      if (entries === null) return
      nodes.add(entries)
      collect(entries[2])
      collect(entries[3])
    }
    collect(before)
    let copied = 0
    const count = (entries: Entries<number>): void => {
      if (entries === null || nodes.has(entries)) return
      copied += 1
      count(entries[2])
      count(entries[3])
    }
    count(withEntry(before, 'file500', -1))
    expect(copied).toBeGreaterThan(0)
    expect(copied).toBeLessThan(40)
  })
})
