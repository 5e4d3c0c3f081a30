import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { type PublicName, publicNames } from './support/publicNames.ts'
import { root } from './support/sources.ts'

const CONDITION = 'rx-projection-source'
const entries = Object.entries(manifest.exports).flatMap(([subpath, target]) =>
  typeof target === 'string' ? [] : [{ subpath, source: target[CONDITION], types: target.types, code: target.default }],
)

describe.each(entries)('the entry point $subpath', ({ subpath, source, types, code }) => {
  const names = (): readonly PublicName[] => publicNames(source.slice(2))
  const specifier = subpath.replace('.', 'rx-projection')
  const list = subpath === '.' ? 'index' : subpath.slice(2)

  test('gives away the names on its list: a change of them is deliberate', async () => {
    // `npm test -- -u` writes the list anew.
    const lines = names().map(({ kind, name }) => `${kind} ${name}\n`)
    await expect(lines.join('')).toMatchFileSnapshot(`api/${list}.txt`)
  })

  test('says at each name what it is', () => {
    expect(
      names()
        .filter(({ documented }) => !documented)
        .map(({ name, path }) => `${name} in ${path}`),
    ).toEqual([])
  })

  test('has at run time the functions, classes and constants of the list, and nothing else', async () => {
    const values = names().filter(({ kind }) => !['interface', 'type'].includes(kind))
    expect(Object.keys(await import(specifier)).sort()).toEqual(values.map(({ name }) => name).sort())
  })

  test('leads the built package to the same file', () => {
    expect(existsSync(root + source.slice(2))).toBe(true)
    const built = source.replace('./', './dist/')
    expect({ types, code }).toEqual({ types: built.replace('.ts', '.d.ts'), code: built.replace('.ts', '.js') })
  })
})

test('what no entry point names is closed', async () => {
  const internal = 'rx-projection/operators/kernel/operate.ts'
  await expect(import(internal)).rejects.toThrow(/exported/)
})
