import { busFactor, sharesOf } from '../projections/busFactor.ts'
import { listEntries } from '../projections/entries.ts'
import { type Folder, fileAt, folderAt, type Knowledge, namesOf } from '../projections/tree.ts'
import { paint, type Style } from '../terminal/Style.ts'
import { type Column, table } from '../terminal/table.ts'
import { counted, grouped, harmless, percent } from '../terminal/text.ts'
import { foldersWorthShowing } from './foldersWorthShowing.ts'

const ROWS = 12
const PEOPLE = 3

const columns = (title: string): Column[] => [
  { title, shrink: 'start', least: 14 },
  { title: 'files', align: 'right' },
  { title: 'lines', align: 'right' },
  { title: 'bus factor', align: 'right' },
  { title: 'who knows it', shrink: 'end', least: 16 },
]

/** The people who know the folders of a history. */
export function ownershipReport(root: Folder, style: Style): string[] {
  const rows = foldersWorthShowing(root, ROWS).map(({ path, folder }) =>
    row(path === '' ? '(all)' : path, grouped(folder.living), folder),
  )
  return [
    paint(style, 'heading', 'Who knows what'),
    ...table(columns('folder'), rows, style),
    paint(style, 'quiet', '  Lines: added and deleted ones. Bus factor: the fewest who made half of them.'),
  ]
}

/** The people who know one file or folder, and its contents. */
export function pathReport(root: Folder, path: string, style: Style): string[] {
  const names = namesOf(path.replace(/^(\.?\/)+/, '').replace(/\/+$/, ''))
  const heading = paint(style, 'heading', `Who knows ${harmless(path)}`)
  const folder = names[0] === '' || names[0] === '.' ? root : folderAt(root, names)
  if (folder !== undefined) return [heading, ...table(columns('in it'), folderRows(folder), style)]
  const file = fileAt(root, names)
  if (file === undefined) return [heading, '  No commit has touched such a file or folder.']
  const shares = sharesOf(file).map(({ author, lines, part }) => [harmless(author), grouped(lines), percent(part)])
  return [
    heading,
    ...table(
      [
        { title: 'author', shrink: 'end' },
        { title: 'lines', align: 'right' },
        { title: 'part', align: 'right' },
      ],
      shares,
      style,
    ),
    paint(style, 'quiet', `  ${file.gone ? 'The file is gone. ' : ''}Bus factor: ${busFactor(file)}`),
  ]
}

const MOST_ROWS = 40

function folderRows(folder: Folder): string[][] {
  const folders = listEntries(folder.folders).filter(([, { living }]) => living > 0)
  const files = listEntries(folder.files).filter(([, { gone }]) => !gone)
  const all: [label: string, files: string, knowledge: Knowledge][] = [
    ...folders.map(([name, below]): (typeof all)[number] => [`${name}/`, grouped(below.living), below]),
    ...files.map(([name, file]): (typeof all)[number] => [name, '', file]),
  ]
  all.sort(([, , one], [, , other]) => other.lines - one.lines)
  const rows = all.slice(0, MOST_ROWS).map(([name, count, knowledge]) => row(name, count, knowledge))
  const rest = all.length - rows.length
  return [
    row('(all)', grouped(folder.living), folder),
    ...rows,
    ...(rest > 0 ? [[`(and ${counted(rest, 'more', 'more')})`, '', '', '', '']] : []),
  ]
}

function row(name: string, files: string, knowledge: Knowledge): string[] {
  const { lines } = knowledge
  return [harmless(name), files, grouped(lines), lines === 0 ? '' : grouped(busFactor(knowledge)), people(knowledge)]
}

function people(knowledge: Knowledge): string {
  const shares = sharesOf(knowledge)
  const named = shares.slice(0, PEOPLE).map(({ author, part }) => `${percent(part)} ${harmless(author)}`)
  const more = shares.length - named.length
  return more > 0 ? `${named.join(', ')}, ${more} more` : named.join(', ')
}
