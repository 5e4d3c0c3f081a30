import { posix } from 'node:path'
import type { Source } from './sources.ts'

/** One import, or one export from elsewhere. */
export interface Import {
  /** A path from the root for a file of the project, otherwise the name as it stands (`rxjs`, `node:sqlite`). */
  readonly target: string
  readonly local: boolean
  /** `false` where only types are taken, so that nothing of it is left at run time. */
  readonly runtime: boolean
  /** The names that are taken at run time; empty for a namespace or a whole module. */
  readonly names: readonly string[]
}

const FROM = /^\s*(?:import|export)\s+(type\s+)?([\w\s{},*$]*?)\s*from\s*['"]([^'"]+)['"]/gm
const BARE = /^\s*import\s*['"]([^'"]+)['"]/gm
const DYNAMIC = /\bimport\s*\(\s*['"]([^'"]+)['"]\s*\)/g

/** What a file imports, read from its import and export lines. */
export function importsOf({ path, code }: Source): readonly Import[] {
  const found: Import[] = []
  const add = (specifier: string, runtime: boolean, names: readonly string[]): void => {
    const local = specifier.startsWith('.')
    const target = local ? posix.join(posix.dirname(path), specifier) : specifier
    found.push({ target, local, runtime, names })
  }
  for (const [, type, clause, specifier] of code.matchAll(FROM)) {
    const names = type ? [] : valuesOf(clause!)
    add(specifier!, !type && (names.length > 0 || !clause!.includes('{')), names)
  }
  for (const [, specifier] of code.matchAll(BARE)) add(specifier!, true, [])
  for (const [, specifier] of code.matchAll(DYNAMIC)) add(specifier!, true, [])
  return found
}

function valuesOf(clause: string): readonly string[] {
  const list = /\{([^}]*)\}/.exec(clause)?.[1] ?? ''
  return list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && !name.startsWith('type '))
    .map((name) => name.split(/\s+as\s+/)[0]!)
}
