import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { configureMarbles, type MarbleContext, marbles } from 'rx-projection/testing'
import { delay, map, NEVER } from 'rxjs'
import { describe, expect, it, test } from 'vitest'

const wrong: readonly (readonly [what: string, test: (m: MarbleContext) => void])[] = [
  ['a wrong time', (m) => m.expect(m.cold('--a--|')).toBeObservable('-a---|')],
  ['a wrong value', (m) => m.expect(m.cold('--a--|')).toBeObservable('--b--|')],
  ['a value too many', (m) => m.expect(m.cold('--a-b|')).toBeObservable('--a--|')],
  ['a missing end', (m) => m.expect(NEVER).toBeObservable('--|')],
  ['an undefined field', (m) => m.expect(m.cold<object>('a', { a: {} })).toBeObservable('a', { a: { b: undefined } })],
  ['another class', (m) => m.expect(m.cold<object>('a', { a: new Date(0) })).toBeObservable('a', { a: {} })],
  ['another error', (m) => m.expect(m.cold('#', {}, new Error('one'))).toBeObservable('#', {}, new Error('other'))],
  [
    'a wrong subscription',
    (m) => {
      const source = m.cold('--|')
      m.expect(source).toBeObservable('--|')
      m.expect(source).toHaveSubscriptions('^--!')
    },
  ],
]

describe('marbles', () => {
  it.each(wrong)('fails on %s', async (_, diagrams) => {
    await expect(marbles(diagrams)()).rejects.toMatchObject({ name: 'AssertionError' })
  })

  it(
    'runs in virtual time, also what takes no scheduler',
    marbles((m) => {
      const source = m.hot('--a-^--b--c--|')
      const subs = '            ^--------!'
      const expected = '     2s ---b--(c|)'
      m.expect(source.pipe(delay(2_000))).toBeObservable(expected)
      m.expect(source).toHaveSubscriptions(subs)
      expect(m.time('-----|')).toBe(5)
    }),
  )

  it(
    'compares with what another observable was made of, too',
    marbles((m) => {
      const values = { a: 1, b: 2 }
      m.expect(m.cold('-a-b|', values).pipe(map((value) => value))).toBeObservable(m.cold('-a-b|', values))
    }),
  )

  it(
    'flushes when it is told to',
    marbles((m) => {
      const seen: string[] = []
      m.cold('-a-b|').subscribe((letter) => seen.push(letter))
      expect(seen).toEqual([])
      m.flush()
      expect(seen).toEqual(['a', 'b'])
    }),
  )

  test.each([
    ['-a|', 1],
    ['--a|', 2],
  ])(
    'hands over what the test runner gives: %s',
    marbles((m, diagram: string, frames: number) => {
      m.expect(m.cold(diagram)).toBeObservable(`${'-'.repeat(frames)}a|`)
    }),
  )

  it('refuses a test that returns a promise, which would end before its time', async () => {
    const resolves = marbles(async (m) => m.expect(m.cold('--|')).toBeObservable('--|'))
    await expect(resolves()).rejects.toThrow(/must not return a promise/)
    const rejects = marbles(async () => {
      throw new Error('nobody waits for this')
    })
    await expect(rejects()).rejects.toThrow(/must not return a promise/)
  })

  it('passes on what the test throws', async () => {
    const throws = marbles(() => {
      throw new Error('of the test')
    })
    await expect(throws()).rejects.toThrow('of the test')
  })
})

describe('configureMarbles', () => {
  const other = configureMarbles({ assertDeepEqual: assert.deepEqual })

  it(
    'works with the assertion of another test runner',
    other((m) => m.expect(m.cold('--a|')).toBeObservable('--a|')),
  )

  it.each(wrong)('fails on %s, too', async (_, diagrams) => {
    await expect(other(diagrams)()).rejects.toBeInstanceOf(assert.AssertionError)
  })

  it('needs an assertion', () => {
    expect(() => configureMarbles({} as never)).toThrow(/^assertDeepEqual must be a function/)
  })
})

describe('the entry point', () => {
  /** Runs a program by Node alone, without a test runner. */
  const run = (program: string) =>
    spawnSync(process.execPath, ['--conditions=rx-projection-source', '--input-type=module', '-e', program], {
      encoding: 'utf8',
    })

  it('can be imported without a test runner; marble tests run there with another assertion', () => {
    const { stdout, stderr } = run(`
      import assert from 'node:assert/strict'
      import { configureMarbles } from 'rx-projection/testing'
      const marbles = configureMarbles({ assertDeepEqual: assert.deepEqual })
      await marbles((m) => m.expect(m.cold('--a|')).toBeObservable('--a|'))()
      await marbles((m) => m.expect(m.cold('--a|')).toBeObservable('-a|'))().catch(({ name }) => console.log(name))
    `)
    expect([stdout.trim(), stderr]).toEqual(['AssertionError', ''])
  })

  it('says which package is missing', () => {
    const { stdout, stderr } = run(`
      import { registerHooks } from 'node:module'
      import { marbles } from 'rx-projection/testing'
      registerHooks({
        resolve(specifier, context, next) {
          if (['rxjs-marbles', 'vitest'].includes(specifier)) throw new Error('cannot find ' + specifier)
          return next(specifier, context)
        },
      })
      const say = (error) => console.log(error.message, '|', error.cause.message)
      await marbles((m) => m.expect(m.cold('--a|')).toBeObservable('--a|'))().catch(say)
    `)
    expect(stdout.trim()).toBe(
      'marble tests need the package rxjs-marbles, which could not be loaded (npm install -D rxjs-marbles) | cannot find rxjs-marbles',
    )
    expect(stderr).toBe('')
  })
})
