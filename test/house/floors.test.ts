import { describe, expect, test } from 'vitest'
import { floorOf } from './support/floors.ts'
import { type Import, importsOf } from './support/imports.ts'
import { type Source, sourcesOf } from './support/sources.ts'

const library = sourcesOf('operators', 'src')

/** What stands in a list, as `file: fault`, so that an empty list is a house in order. */
function faults(rule: (source: Source, imported: Import) => boolean): readonly string[] {
  return library.flatMap((source) =>
    importsOf(source)
      .filter((imported) => rule(source, imported))
      .map(({ target }) => `${source.path} imports ${target}`),
  )
}

describe('the floors of the house', () => {
  test('the library has files, and imports are found in them', () => {
    expect(library.length).toBeGreaterThan(40)
    expect(library.flatMap(importsOf).length).toBeGreaterThan(100)
  })

  test('every file lies on a floor', () => {
    expect(library.filter(({ path }) => floorOf(path) === undefined).map(({ path }) => path)).toEqual([])
  })

  test('a file imports only from its own floor or from those that it may stand on', () => {
    expect(
      faults(({ path }, { target, local }) => {
        const floor = floorOf(path)!
        return local && ![floor.folder, ...floor.local].some((allowed) => target.startsWith(allowed))
      }),
    ).toEqual([])
  })

  test('a file imports only the packages of its floor', () => {
    expect(
      faults(({ path }, { target, local, runtime }) => {
        const { packages } = floorOf(path)!
        const allowed = packages.some((name) => target === name || (name.endsWith(':') && target.startsWith(name)))
        const typesOfRxjs = target === 'rxjs' && !runtime
        return !local && !allowed && !typesOfRxjs
      }),
    ).toEqual([])
  })

  test('the operators never import what is built on them', () => {
    expect(faults(({ path }, { target }) => path.startsWith('operators/') && target.startsWith('src/'))).toEqual([])
  })

  test('the ground needs nothing of rxjs at run time', () => {
    expect(
      faults(
        ({ path }, { target, runtime }) => /^operators\/(model|ports)\//.test(path) && runtime && /^rxjs/.test(target),
      ),
    ).toEqual([])
  })

  test('a store knows no other store', () => {
    expect(
      faults(({ path }, { target }) => {
        const [, own] = /^src\/stores\/(\w+)\//.exec(path) ?? []
        const [, other] = /^src\/stores\/(\w+)\//.exec(target) ?? []
        return own !== undefined && other !== undefined && other !== own && other !== 'support'
      }),
    ).toEqual([])
  })

  test('only operate.ts makes a Subscriber', () => {
    expect(
      faults(({ path }, { names }) => path !== 'operators/kernel/operate.ts' && names.includes('Subscriber')),
    ).toEqual([])
    expect(
      library.filter(({ code }) => /\bnew Subscriber\b|\bextends Subscriber\b/.test(code)).map((s) => s.path),
    ).toEqual(['operators/kernel/operate.ts'])
  })

  test('every relative import names its file with its ending', () => {
    expect(faults((_, { target, local }) => local && !target.endsWith('.ts'))).toEqual([])
  })

  test('no files stand in a circle: none imports what imports it, by whatever way', () => {
    expect(circlesOf(library)).toEqual([])
  })
})

/** Each circle of imports, types included, as the paths of its files. */
function circlesOf(sources: readonly Source[]): readonly string[] {
  const imports = new Map(sources.map((source) => [source.path, importsOf(source).filter(({ local }) => local)]))
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) circles.push([...way.slice(way.indexOf(path)), path].join(' → '))
    if (done.has(path) || way.includes(path)) return
    for (const { target } of imports.get(path) ?? []) visit(target, [...way, path])
    done.add(path)
  }
  for (const { path } of sources) visit(path, [])
  return circles
}
