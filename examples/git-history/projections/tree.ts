import { type Entries, entry, listEntries, withEntry, withoutEntry } from './entries.ts'

/** Changed lines, in total and by author. */
export interface Knowledge {
  /** All changed lines: added and deleted ones. */
  readonly lines: number
  /** The changed lines of each author who has any. */
  readonly authors: Entries<number>
}

/** An existing or deleted file: a deleted one keeps its history. */
export interface File extends Knowledge {
  readonly gone: boolean
}

/** A folder: the sum of its contents. */
export interface Folder extends Knowledge {
  /** How many files it contains, at any depth, without deleted ones. */
  readonly living: number
  readonly files: Entries<File>
  readonly folders: Entries<Folder>
}

export const EMPTY_FOLDER: Folder = { lines: 0, authors: null, living: 0, files: null, folders: null }

const NO_KNOWLEDGE: Knowledge = { lines: 0, authors: null }

/** Folders below this depth count as part of the file's name, so that no state is too deep for JSON. */
const DEEPEST = 64

/** The names along a path; the last one is the file's. */
export function namesOf(path: string): readonly string[] {
  const names = path.split('/')
  return names.length <= DEEPEST ? names : [...names.slice(0, DEEPEST - 1), names.slice(DEEPEST - 1).join('/')]
}

/** The folder at a path; the root for an empty list of names. */
export function folderAt(root: Folder, names: readonly string[]): Folder | undefined {
  let folder: Folder | undefined = root
  for (const name of names) folder = folder && entry(folder.folders, name)
  return folder
}

/** The file at a path. */
export function fileAt(root: Folder, names: readonly string[]): File | undefined {
  const folder = folderAt(root, names.slice(0, -1))
  return folder && entry(folder.files, names.at(-1) as string)
}

/** Adds lines that an author changed to a file, and says whether the file still exists. */
export function changeFile(root: Folder, path: string, author: string, lines: number, gone = false): Folder {
  const names = namesOf(path)
  const old = fileAt(root, names)
  const shares: Shares = lines === 0 ? [] : [[author, lines]]
  const file: File = { ...credited(old ?? NO_KNOWLEDGE, shares), gone }
  return place(root, names, 0, file, shares, livingIn(file) - livingIn(old))
}

/** Moves a file, together with its history. */
export function moveFile(root: Folder, from: string, to: string): Folder {
  const moving = fileAt(root, namesOf(from))
  if (moving === undefined || from === to) return root
  const shares = listEntries(moving.authors)
  const losses: Shares = shares.map(([author, lines]) => [author, -lines])
  const without = place(root, namesOf(from), 0, undefined, losses, -livingIn(moving))
  const names = namesOf(to)
  const old = fileAt(without, names)
  const file: File = { ...credited(old ?? NO_KNOWLEDGE, shares), gone: false }
  return place(without, names, 0, file, shares, 1 - livingIn(old))
}

/** Lines to add to the totals of authors; negative to subtract. */
type Shares = readonly (readonly [author: string, lines: number])[]

/** Sets or removes a file, and copies the folders along the path with their new sums. */
function place(
  folder: Folder,
  names: readonly string[],
  depth: number,
  file: File | undefined,
  shares: Shares,
  living: number,
): Folder {
  const name = names[depth] as string
  let { files, folders } = folder
  if (depth === names.length - 1) {
    files = file === undefined ? withoutEntry(files, name) : withEntry(files, name, file)
  } else {
    const child = place(entry(folders, name) ?? EMPTY_FOLDER, names, depth + 1, file, shares, living)
    const empty = child.files === null && child.folders === null
    folders = empty ? withoutEntry(folders, name) : withEntry(folders, name, child)
  }
  return { ...credited(folder, shares), living: folder.living + living, files, folders }
}

function credited({ lines, authors }: Knowledge, shares: Shares): Knowledge {
  for (const [author, change] of shares) {
    const sum = (entry(authors, author) ?? 0) + change
    authors = sum === 0 ? withoutEntry(authors, author) : withEntry(authors, author, sum)
    lines += change
  }
  return { lines, authors }
}

function livingIn(file: File | undefined): number {
  return file === undefined || file.gone ? 0 : 1
}
