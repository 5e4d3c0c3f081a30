import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from './shell.ts'

/** The README's first example: its first fence of TypeScript, and what it says that it prints. */
export async function firstExample(): Promise<{ readonly code: string; readonly prints: readonly string[] }> {
  const readme = await readFile(join(root, 'README.md'), 'utf8')
  const code = /^```ts\n([\s\S]*?)^```/m.exec(readme)?.[1]
  if (code === undefined) throw new Error('README.md has no example of TypeScript')
  const prints = [...code.matchAll(/\/\/ prints (.*)$/gm)].map(([, what]) => what!)
  return { code, prints }
}
