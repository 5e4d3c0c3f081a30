import type { Floor } from './floors.ts'

/** The floors as a table of Markdown, for those who read and not for the tests. */
export function tableOf(floors: readonly Floor[]): string {
  const rows = floors.map(({ folder, local, packages }) => [
    `\`${folder}\``,
    listed(local),
    listed(packages.map((name) => (name === 'node:' ? 'node:*' : name))),
  ])
  const head = ['part', 'may import of the project, in addition to itself', 'may import of packages']
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('')
}

/** Puts a table where the first one under a headline is. */
export function withTable(text: string, headline: string, table: string): string {
  const start = text.indexOf(`\n${headline}\n`)
  if (start < 0) throw new Error(`there is no headline "${headline}"`)
  const section = text.slice(start)
  return text.slice(0, start) + section.replace(/(?:^\|.*\|\n)+/m, () => table)
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'nothing' : names.map((name) => `\`${name}\``).join(', ')
}
