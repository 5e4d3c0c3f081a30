import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The project's root folder, with a slash at its end. */
export const root: string = fileURLToPath(new URL('../../../', import.meta.url))

/** A fenced example of a document, or of a doc comment. */
export interface Fence {
  /** The file that it stands in, from the root. */
  readonly path: string
  /** The line of its first line of code, from 1. */
  readonly line: number
  /** What stands behind the three backticks. */
  readonly info: string
  readonly code: string
}

/** How a fence is proved: run by Node, run by vitest, or its types checked only. */
export type Proof = 'run' | 'test' | 'check'

/** One example as it is proved: a fence, with those that continue it. */
export interface Example {
  /** Where it begins: `docs/snapshots.md:12`. */
  readonly name: string
  readonly fences: readonly Fence[]
  readonly proof: Proof
  /** What it says that it prints, pieces in order. */
  readonly prints: string
}

/** The documents whose fences are proved. */
export function documents(): readonly string[] {
  return globSync(['*.md', 'docs/**/*.md', 'examples/**/*.md', 'bench/*.md', 'operators/**/*.ts', 'src/**/*.ts'], {
    cwd: root,
    exclude: (path) => path.includes('node_modules'),
  }).sort()
}

/** Every fence of a file, of any language. */
export function fencesOf(path: string, text: string = readFileSync(root + path, 'utf8')): readonly Fence[] {
  const lines = text.split('\n').map((line) => (path.endsWith('.ts') ? inComment(line) : line))
  const fences: Fence[] = []
  let open: { info: string; line: number; indent: number } | undefined
  lines.forEach((line, index) => {
    const [, indent, info] = /^(\s*)```(.*)$/.exec(line) ?? []
    if (indent === undefined) return
    if (open === undefined) {
      open = { info: info!.trim(), line: index + 2, indent: indent.length }
      return
    }
    const { indent: width } = open
    const code = lines.slice(open.line - 1, index).map((inside) => inside.slice(width))
    fences.push({ path, line: open.line, info: open.info, code: code.join('\n') })
    open = undefined
  })
  if (open !== undefined) throw new Error(`${path}:${open.line - 1} opens a fence that is never closed`)
  return fences
}

/**
 * The TypeScript examples of a file. The words behind the fence say how each is proved:
 *
 * - `ts`: its types are checked, then it is run, and what it prints is held against its `// prints …` comments
 * - `ts test`: its types are checked, then it is run as a test file
 * - `ts continued`: continues the example before it, as if they stood in one file
 * - `ts no-run: REASON`: its types are checked only
 */
export function examplesOf(path: string, text?: string): readonly Example[] {
  const groups: Fence[][] = []
  for (const fence of fencesOf(path, text)) {
    const { language, words } = wordsOf(fence)
    if (/^(typescript|tsx|js|jsx|javascript)$/.test(language)) {
      throw new Error(`${path}:${fence.line} is a fence of ${language}: examples are of ts, so that they are proved`)
    }
    if (language !== 'ts') continue
    const before = groups.at(-1)
    if (!words.includes('continued')) groups.push([fence])
    else if (before === undefined) throw new Error(`${path}:${fence.line} continues nothing`)
    else before.push(fence)
  }
  return groups.map((fences) => {
    const proofs = fences.map((fence) => proofOf(fence))
    const proof = proofs.find((other) => other !== 'run') ?? 'run'
    const prints = fences.flatMap(({ code }) => [...code.matchAll(/\/\/ prints (.*)$/gm)].map(([, what]) => what!))
    return { name: `${path}:${fences[0]!.line}`, fences, proof, prints: oneLine(prints) }
  })
}

/** What was printed, or is said to be, as one line. */
export function oneLine(pieces: readonly string[]): string {
  return pieces.join(', ').replace(/\s+/g, ' ').trim()
}

function wordsOf({ info }: Fence): { language: string; words: string[]; reason: string | undefined } {
  const [before, reason] = info.split(/:(.*)/s)
  const [language = '', ...words] = before!.trim().split(/\s+/)
  return { language, words, reason: reason?.trim() }
}

function proofOf(fence: Fence): Proof {
  const { words, reason } = wordsOf(fence)
  const unknown = words.find((word) => !['continued', 'test', 'no-run'].includes(word))
  if (unknown !== undefined) throw new Error(`${fence.path}:${fence.line} says ${unknown}, which means nothing`)
  if (words.includes('no-run') !== Boolean(reason)) {
    throw new Error(`${fence.path}:${fence.line} must say why it is not run: \`ts no-run: REASON\``)
  }
  return words.includes('no-run') ? 'check' : words.includes('test') ? 'test' : 'run'
}

function inComment(line: string): string {
  return /^\s*\* ?(.*)$/.exec(line)?.[1] ?? ''
}
