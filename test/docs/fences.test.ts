import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectation } from './support/expectation.ts'
import { documents, examplesOf, oneLine } from './support/fences.ts'
import { type Outcome, Proof } from './support/proof.ts'

const examples = documents().flatMap((path) => examplesOf(path))
const toRun = examples.filter(({ proof }) => proof === 'run')

describe('the examples of the documents and the doc comments', () => {
  let proof: Proof
  let outcomes: Readonly<Record<string, Outcome>>

  beforeAll(() => {
    proof = new Proof(examples)
    outcomes = proof.outcomes()
  }, 120_000)
  afterAll(() => proof?.[Symbol.dispose]())

  test('there are examples', () => {
    expect(examples.length).toBeGreaterThan(0)
  })

  test('are right in their types', { timeout: 60_000 }, () => {
    expect(proof.types()).toEqual([])
  })

  test.each(toRun)('$name runs, and prints what it says', ({ name, prints }) => {
    const { printed, error } = outcomes[name]!
    expect(error).toBeUndefined()
    expect(oneLine(printed)).toEqual(expectation(prints))
  })

  test('those that are tests pass', { timeout: 60_000 }, () => {
    expect(proof.failedTests()).toBe('')
  })
})
