import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { root } from './support/fences.ts'

const documents = globSync(['*.md', 'docs/**/*.md', 'examples/*/*.md', 'bench/*.md'], { cwd: root }).sort()

/** The anchors of a document's headings, as they are made of them everywhere. */
function anchorsOf(path: string): readonly string[] {
  const headings = readFileSync(path, 'utf8').matchAll(/^#+ (.*)$/gm)
  return Array.from(headings, ([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

test.each(documents)('every link of %s to a file of the project leads somewhere', (document) => {
  const text = readFileSync(join(root, document), 'utf8')
  const broken: string[] = []
  for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^https:/.test(target!)) continue
    const [file, anchor] = target!.split('#')
    const path = file === '' ? join(root, document) : join(root, dirname(document), file!)
    const inside = !relative(root, path).startsWith('..')
    if (!inside || !existsSync(path) || (anchor && !anchorsOf(path).includes(anchor))) broken.push(target!)
  }
  expect(broken).toEqual([])
})

test('the guides are all on their list', () => {
  const guides = globSync('*.md', { cwd: join(root, 'docs') }).filter((name) => name !== 'README.md')
  const list = readFileSync(join(root, 'docs/README.md'), 'utf8')
  expect(guides.filter((guide) => !list.includes(`](${guide})`))).toEqual([])
})

test('the README names the two commands, and they are there', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  expect(readme).toContain('npm ci && npm start')
  expect(readme).toContain('npm ci && npm test')
})
