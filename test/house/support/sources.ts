import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The project's root folder, with a slash at its end. */
export const root: string = fileURLToPath(new URL('../../../', import.meta.url))

/** One file of code. */
export interface Source {
  /** Its path from the root. */
  readonly path: string
  readonly text: string
  /** The text without its comments. */
  readonly code: string
}

/** Every TypeScript file of these folders, in the order of their paths. */
export function sourcesOf(...folders: readonly string[]): readonly Source[] {
  return folders
    .flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: root, exclude: (path) => path.includes('node_modules') }))
    .filter((path) => !path.startsWith('bench/results/') && !path.startsWith('test/docs/.fences/'))
    .sort()
    .map(readSource)
}

/** Reads one file by its path from the root. */
export function readSource(path: string): Source {
  const text = readFileSync(root + path, 'utf8')
  return { path, text, code: withoutComments(text) }
}

const COMMENT_OR_STRING = /\/\*[\s\S]*?\*\/|\/\/.*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g

/** Blanks the comments out and leaves strings, and every line where it is. */
export function withoutComments(text: string): string {
  return text.replace(COMMENT_OR_STRING, (found) => (found.startsWith('/') ? found.replace(/[^\n]/g, ' ') : found))
}
