import { posix } from 'node:path'
import { readSource } from './sources.ts'

/** A name that a user can import, and where it is declared. */
export interface PublicName {
  readonly name: string
  /** What it is declared as: `function`, `class`, `interface`, `type` or `const`. */
  readonly kind: string
  readonly path: string
  readonly documented: boolean
}

const NAMED = /^export\s+(?:type\s+)?\{([^}]*)\}\s*from\s*'([^']+)'/gm
const ALL = /^export\s+\*\s+from\s+'([^']+)'/gm
const DECLARED = /^export\s+(?:declare\s+|abstract\s+|async\s+)*(function\*?|class|interface|type|const)\s+(\w+)/gm

/** The public names of an entry point, by name: what its export lines say, followed to where each is declared. */
export function publicNames(entry: string): readonly PublicName[] {
  const names = new Map<string, PublicName>()
  for (const name of exportsOf(entry)) names.set(name.name, name)
  return [...names.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

function exportsOf(path: string): readonly PublicName[] {
  const { text, code } = readSource(path)
  const at = (specifier: string): string => posix.join(posix.dirname(path), specifier)
  const found: PublicName[] = []
  for (const [, specifier] of code.matchAll(ALL)) found.push(...exportsOf(at(specifier!)))
  for (const [, list, specifier] of code.matchAll(NAMED)) {
    const there = exportsOf(at(specifier!))
    for (const [original, name] of namesIn(list!)) {
      const declared = there.find((other) => other.name === original)
      if (declared === undefined) throw new Error(`${path} exports ${original}, which ${at(specifier!)} does not have`)
      found.push({ ...declared, name })
    }
  }
  for (const { 1: kind, 2: name, index } of code.matchAll(DECLARED)) {
    // The first of several overloads carries the comment for all.
    if (found.some((other) => other.name === name && other.path === path)) continue
    found.push({ name: name!, kind: kind!, path, documented: /\*\/\s*$/.test(text.slice(0, index)) })
  }
  return found
}

function namesIn(list: string): readonly (readonly [original: string, name: string])[] {
  return list
    .split(',')
    .map((name) => name.trim().replace(/^type\s+/, ''))
    .filter((name) => name !== '')
    .map((name) => {
      const [original, renamed] = name.split(/\s+as\s+/)
      return [original!, renamed ?? original!] as const
    })
}
