import fc from 'fast-check'
import { expect, test } from 'vitest'
import { snapshotKey } from '../../../operators/lastSnapshot.ts'
import {
  leaseKey,
  oldLeaseKey,
  oldPartitionsKey,
  partitionsKey,
  positionKey,
  type RunId,
  slotKey,
} from '../../../src/runtime/lifecycle/keys.ts'

/** Names and instances that are made of what keys are made of. */
const parts = ['a', '/', '1', '2', '@', 'run', 'slots', 'partitions', 'position', 'projection', 'projector', 'worker-1']
const text = fc.array(fc.constantFrom(...parts), { minLength: 1, maxLength: 6 }).map((all) => all.join(''))
const name = text.map((all) => all.replaceAll('@', '')).filter((all) => all !== '')
const run: fc.Arbitrary<RunId> = fc.record({
  kind: fc.constantFrom('projection', 'projector'),
  version: fc.constantFrom(1, 2, 12),
  name,
  instance: fc.option(text, { nil: undefined }),
})

/** A run and another one, which often differs in one thing alone. */
const two: fc.Arbitrary<[RunId, RunId]> = fc
  .tuple(run, run, fc.subarray(['kind', 'version', 'name', 'instance'] as const))
  .map(([one, other, same]) => [one, { ...other, ...Object.fromEntries(same.map((field) => [field, one[field]])) }])

/** The names that a run stores something under, each with what is stored there: a position or a lease. */
function ownKeys(id: RunId): string[] {
  const slots = [1, 12].map((slot) => `${slotKey(id)}/worker-${slot}`)
  return [
    ...(id.kind === 'projector' ? [`position ${positionKey(id)}`] : []),
    `position ${partitionsKey(id)}`,
    `lease ${leaseKey(id)}`,
    ...slots.flatMap((slot) => [`position ${slot}`, `lease ${slot}`]),
  ]
}

test('no two keys of runs collide, whatever their names and instances contain', () => {
  fc.assert(
    fc.property(two, ([one, other]) => {
      const [keys, others] = [ownKeys(one), ownKeys(other)]
      expect(new Set(keys).size).toBe(keys.length)
      fc.pre(JSON.stringify(one) !== JSON.stringify(other))
      expect(keys.filter((key) => others.includes(key))).toEqual([])
    }),
    { numRuns: 5_000 },
  )
})

test('no key with a kind, a version and a use collides with one without them', () => {
  fc.assert(
    fc.property(run, run, (one, other) => {
      const plain = snapshotKey(other.name, other.instance)
      for (const key of [partitionsKey(one), leaseKey(one), slotKey(one)]) {
        expect([plain, `${plain}/partitions`, `${plain}/worker-1`]).not.toContain(key)
      }
      if (one.version > 1) expect(positionKey(one)).not.toBe(plain)
    }),
  )
})

test('version 1 keeps the position of release 0.1.0', () => {
  const id = { kind: 'projector', version: 1, name: 'mails' } as const
  expect([positionKey(id), positionKey({ ...id, instance: '3/16' })]).toEqual(['mails', 'mails@3/16'])
  expect(positionKey({ ...id, version: 2 })).toBe('@projector/2/position/mails')
})

test('the lease and the number of partitions of release 0.1.0 belong to all that it could run', () => {
  const old = (id: Pick<RunId, 'kind' | 'version'>) => {
    const full = { ...id, name: 'mails', instance: 'a' }
    return [oldLeaseKey(full), oldPartitionsKey(full)]
  }
  expect(old({ kind: 'projector', version: 1 })).toEqual(['mails@a', 'mails/partitions'])
  expect(old({ kind: 'projection', version: 2 })).toEqual(['mails@a', 'mails/partitions'])
  expect(old({ kind: 'projector', version: 2 })).toEqual([undefined, undefined])
})
