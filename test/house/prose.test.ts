import { describe, expect, test } from 'vitest'
import { commentsOf, documents, inCode, proseOf, stumbles, titlesOf, unreleased } from './support/prose.ts'
import { withoutComments } from './support/sources.ts'

/**
 * How many phrases of the list the comments and the titles of tests may have. Lower it with each file that you convert, and
 * never raise it; `unconverted.txt` lists the files that are left.
 */
const LEFT = 650

describe('the documents', () => {
  test.each(documents())('$path is in plain English', (prose) => {
    expect(stumbles(prose)).toEqual([])
  })
})

describe('comments and titles of tests', () => {
  const code = inCode().map((prose) => ({ path: prose.path, found: stumbles(prose) }))

  test('have no phrase of the list, except in the files that are not converted yet', async () => {
    const unconverted = code.filter(({ found }) => found.length > 0).map(({ path }) => `${path}\n`)
    await expect(unconverted.join('')).toMatchFileSnapshot('support/unconverted.txt')
  })

  test('have fewer of these phrases with each change', () => {
    const left = code.flatMap(({ found }) => found)
    expect(left.length, left.join('\n')).toBeLessThanOrEqual(LEFT)
  })
})

describe('the check', () => {
  const planted = (text: string): readonly string[] => stumbles(proseOf('planted.md', text))

  test('finds a planted phrase, says where, and what to write instead', () => {
    expect(planted('One line.\n\nThe fold begins anew.')).toEqual(['planted.md:3 says "anew": write again'])
  })

  test('finds a phrase across the end of a line, and at the start of a sentence', () => {
    expect(planted('A projector waits for\never. Who subscribes late misses it.')).toHaveLength(2)
  })

  test.each([
    'The handler runs in place of the fold',
    '`onError` is told of it',
    'Keep what is stored',
    'Calling it twice is as once',
    'x is no option',
    'The latest state for who comes late',
    'Whoever asks waits',
  ])('finds the phrase in: %s', (text) => {
    expect(planted(text)).not.toEqual([])
  })

  test.each([
    'There is no default',
    'The lease is no longer valid',
    'The person who runs it',
    'Say `anew` in code',
    'See [the guide](anew.md)',
    '```\nanew\n```',
    'A diagram:\n\n    anew --a--|\n',
  ])('leaves alone: %s', (text) => {
    expect(planted(text)).toEqual([])
  })

  test('reads comments, but neither code nor the examples in comments', () => {
    const text = [
      '/**',
      ' * Starts anew.',
      ' * ```ts',
      " * say('anew')",
      ' * ```',
      ' */',
      "const anew = 'anew' // waits for",
      '// ever',
    ].join('\n')
    const comments = commentsOf({ path: 'a.ts', text, code: withoutComments(text) })
    expect(stumbles(comments)).toEqual(['a.ts:2 says "anew": write again', 'a.ts:7 says "for ever": write forever'])
  })

  test('reads the titles of tests', () => {
    const text = "test.each([[1, 'anew']])('%d starts anew', () => {\n  const anew = 'anew'\n})\n"
    expect(stumbles(titlesOf({ path: 'a.test.ts', text }))).toEqual(['a.test.ts:1 says "anew": write again'])
  })

  test('reads only the unreleased part of the changes', () => {
    const changes = '# Changes\n\nanew\n\n## 0.2.0, unreleased\n\nOne anew.\n\n## 0.1.0\n\nTwo anew.\n'
    expect(unreleased(changes).trim()).toBe('## 0.2.0, unreleased\n\nOne anew.')
  })
})
