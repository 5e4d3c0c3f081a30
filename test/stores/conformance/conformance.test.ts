import { memory } from 'rx-projection'
import { storeConformance } from 'rx-projection/testing'
import { describe, expect, test } from 'vitest'
import { files } from '../support/files.ts'
import { argumentMutants } from './argumentMutants.ts'
import { leaseMutants, leasesBesideMutants } from './leaseMutants.ts'
import { appendMutants, filterMutants, pageMutants, refusalMutants, revisionMutants } from './logMutants.ts'
import { markMutants, marksAgainMutants } from './markMutants.ts'
import type { Mutants } from './mutant.ts'
import { concurrencyBesideMutants, concurrencyMutants, followingMutants, hostileMutants } from './otherLogMutants.ts'
import {
  brokenSnapshotMutants,
  lifetimeMutants,
  positionMutants,
  reopeningMutants,
  snapshotMutants,
  transactionMutants,
} from './otherMutants.ts'

const mutants: Mutants = {
  ...appendMutants,
  ...refusalMutants,
  ...argumentMutants,
  ...revisionMutants,
  ...pageMutants,
  ...filterMutants,
  ...hostileMutants,
  ...followingMutants,
  ...concurrencyMutants,
  ...concurrencyBesideMutants,
  ...snapshotMutants,
  ...brokenSnapshotMutants,
  ...positionMutants,
  ...markMutants,
  ...marksAgainMutants,
  ...transactionMutants,
  ...leaseMutants,
  ...leasesBesideMutants,
  ...lifetimeMutants,
  ...reopeningMutants,
}

const factOf = (name: string): string => name.slice(name.indexOf(': ') + 2)

describe('storeConformance', () => {
  test('has a wrong store for each of its checks, and none for a check that is not', () => {
    const facts = storeConformance(files).map(({ name }) => factOf(name))
    expect(Object.keys(mutants).sort()).toEqual(facts.sort())
  })

  for (const { name } of storeConformance(files)) {
    test(`finds the store out that is wrong about "${name}"`, async () => {
      const opener = mutants[factOf(name)]!
      const { run } = storeConformance(opener, { deadline: 200 }).find((check) => check.name === name)!
      await expect(run()).rejects.toThrow(Error)
    })
  }

  test('leaves out the checks of what an opener cannot offer', () => {
    const names = storeConformance({ open: () => memory() }).map(({ name }) => name)
    expect(names.filter((name) => /opening again|two openings|^damaged/.test(name))).toEqual([])
    expect(names.length).toBeGreaterThan(50)
  })

  test('names each check once', () => {
    const names = storeConformance(files).map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
  })

  test('passes on the error of a disposal, and prefers what went wrong before', async () => {
    const open = () => ({ ...memory(), [Symbol.asyncDispose]: () => Promise.reject(new Error('stuck')) })
    const checks = storeConformance({ open })
    await expect(checks[0]!.run()).rejects.toThrow('stuck')
    const [first] = storeConformance({ open: () => ({ ...open(), events: undefined as never }) })
    await expect(first!.run()).rejects.toThrow(TypeError)
  })

  test('checks its arguments', () => {
    expect(() => storeConformance({} as never)).toThrow(TypeError)
    expect(() => storeConformance({ open: () => memory() }, { deadline: -1 })).toThrow(RangeError)
  })
})
