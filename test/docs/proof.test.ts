import { describe, expect, test } from 'vitest'
import { expectation } from './support/expectation.ts'
import { examplesOf, fencesOf, oneLine } from './support/fences.ts'
import { Proof } from './support/proof.ts'

const fence = (info: string, ...code: readonly string[]): string => [`\`\`\`${info}`, ...code, '```', ''].join('\n')

describe('a fence', () => {
  test('has the place of its first line of code', () => {
    expect(fencesOf('a.md', `words\n\n${fence('ts', 'one()', 'two()')}`)).toEqual([
      { path: 'a.md', line: 4, info: 'ts', code: 'one()\ntwo()' },
    ])
  })

  test('is found in a doc comment', () => {
    const comment = ['/**', ' * Adds.', ' *', ' * ```ts', ' * add(1)', ' * ```', ' */'].join('\n')
    expect(fencesOf('a.ts', comment)).toEqual([{ path: 'a.ts', line: 5, info: 'ts', code: 'add(1)' }])
  })

  test('of another language is left alone, unless it is a dialect of the same', () => {
    expect(examplesOf('a.md', fence('sh', 'npm test'))).toEqual([])
    expect(() => examplesOf('a.md', fence('js', 'one()'))).toThrow('examples are of ts')
  })

  test('that is not run says why', () => {
    expect(() => examplesOf('a.md', fence('ts no-run', 'one()'))).toThrow('a.md:2 must say why')
    expect(examplesOf('a.md', fence('ts no-run: it needs a server', 'one()'))).toMatchObject([{ proof: 'check' }])
  })

  test('with a word that means nothing is refused', () => {
    expect(() => examplesOf('a.md', fence('ts norun: it is long', 'one()'))).toThrow('a.md:2 says norun')
  })

  test('that is never closed is refused', () => {
    expect(() => fencesOf('a.md', '```ts\none()')).toThrow('a.md:1 opens a fence')
  })

  test('continues the one before it', () => {
    const text = fence('ts', 'const one = 1') + fence('ts continued', 'console.log(one) // prints 1')
    expect(examplesOf('a.md', text)).toMatchObject([
      { name: 'a.md:2', prints: '1', fences: [{ line: 2 }, { line: 5 }] },
    ])
    expect(() => examplesOf('a.md', fence('ts continued', 'one()'))).toThrow('a.md:2 continues nothing')
  })
})

describe('the proof of examples', () => {
  const text = [
    fence('ts', 'const one: string = 1'),
    fence(
      'ts',
      `import { memory } from 'rx-projection'`,
      'await using store = memory()',
      'console.log(typeof store.events)',
    ),
    fence('ts', 'setTimeout(() => console.log({ late: true }), 5) // prints { late: true }'),
    fence('ts', `throw new Error('on purpose')`),
    fence(
      'ts',
      `setTimeout(() => { throw new Error('later') }, 1)`,
      'await new Promise((done) => setTimeout(done, 20))',
    ),
    fence('ts test', `import { expect, test } from 'vitest'`, `test('fails', () => expect(1).toBe(2))`),
  ].join('')
  const examples = examplesOf('made.md', text)

  test('finds a wrong type and says where', { timeout: 60_000 }, () => {
    using proof = new Proof(examples)
    expect(proof.types()).toEqual([expect.stringMatching(/^made\.md:2 error TS2322: Type 'number' is not assignable/)])
  })

  test('finds what each prints, what fails, and what fails later', { timeout: 60_000 }, () => {
    using proof = new Proof(examples)
    const [, typed, late, thrown, thrownLater] = examples.map(({ name }) => proof.outcomes()[name])
    expect(typed).toEqual({ printed: ['object'] })
    expect(late).toEqual({ printed: ['{ late: true }'] })
    expect(thrown).toEqual({ printed: [], error: expect.stringContaining('on purpose') })
    expect(thrownLater).toEqual({ printed: [], error: expect.stringContaining('later') })
  })

  test('finds a test that fails', { timeout: 60_000 }, () => {
    using proof = new Proof(examples)
    expect(proof.failedTests()).toContain('expected 1 to be 2')
  })

  test('holds what is printed against what was said, up to its …', () => {
    expect(oneLine(['1', '{ a:  2 }'])).toEqual(expectation('1, { a: 2 }'))
    expect(oneLine(['1', '2'])).not.toEqual(expectation('1'))
    expect(oneLine(['took 17 ms'])).toEqual(expectation('took … ms'))
    expect(oneLine(['took 17 ms, at last'])).not.toEqual(expectation('took … ms'))
  })
})
