import { describe, expect, test } from 'vitest'
import { sourcesOf } from './support/sources.ts'

const library = sourcesOf('operators', 'src')
const all = [...library, ...sourcesOf('test', 'examples', 'bench', 'scripts')]

/** A command line talks to a person and ends with a code: it alone prints and exits. */
const speaks = (path: string): boolean => path.startsWith('src/cli/')

describe('the style of the house', () => {
  test('no code file of the library is over 250 lines long, and no other one over 300', () => {
    const limitOf = (path: string): number => (/^(operators|src)\//.test(path) ? 250 : 300)
    const long = all.filter(({ path, text }) => text.trimEnd().split('\n').length > limitOf(path))
    expect(long.map(({ path, text }) => `${path}: ${text.split('\n').length} lines`)).toEqual([])
  })

  test('the library prints nothing and ends no process', () => {
    const loud = library.filter(({ path, code }) => !speaks(path) && /\bconsole\.|\bprocess\.(exit|std)/.test(code))
    expect(loud.map(({ path }) => path)).toEqual([])
  })

  test('files and folders are named by what they hold', () => {
    const empty = /(^|[/_-])(utils?|helpers?|common|managers?)([/._-]|$)|(Utils?|Helpers?|Common|Managers?)(\.|\/|$)/
    expect(all.map(({ path }) => path).filter((path) => empty.test(path))).toEqual([])
  })

  test('nothing in the library is called a manager or a helper', () => {
    const declared = /\b(?:class|interface|type|function|const)\s+(\w*(?:Utils?|Helpers?|Managers?|Common))\b/g
    expect(library.flatMap(({ code }) => [...code.matchAll(declared)].map(([, name]) => name))).toEqual([])
  })

  test('a test file runs all of its tests', () => {
    const tests = all.filter(({ path }) => path.endsWith('.test.ts') && path !== 'test/house/style.test.ts')
    const held = tests.filter(({ code }) => /\b(?:test|it|describe)\s*\.(?:skip|only|todo|fails)\b/.test(code))
    expect(held.map(({ path }) => path)).toEqual([])
  })

  test('what is private to a class has a #name', () => {
    expect(library.filter(({ code }) => /^\s*private\s/m.test(code)).map(({ path }) => path)).toEqual([])
  })

  test('no type is silenced', () => {
    const silenced = all.filter(
      ({ path, text }) => path !== 'test/house/style.test.ts' && /\bas any\b|@ts-ignore|@ts-nocheck/.test(text),
    )
    expect(silenced.map(({ path }) => path)).toEqual([])
  })
})
