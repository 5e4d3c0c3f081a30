import { listEntries } from '../projections/entries.ts'
import type { Folder } from '../projections/tree.ts'

/** A folder and its path; the root's is empty. */
export interface FolderAt {
  readonly path: string
  readonly folder: Folder
}

/**
 * The most informative folders of a history: the root and those with the most changed lines, in the order of their paths.
 * A folder that contains only another folder says nothing new, and is left out. So is one whose files are all
 * gone.
 */
export function foldersWorthShowing(root: Folder, atMost: number): readonly FolderAt[] {
  const below = foldersBelow(root).filter(({ folder }) => folder.living > 0 && !isPassage(folder))
  below.sort((one, other) => other.folder.lines - one.folder.lines)
  const shown = below.slice(0, atMost - 1)
  shown.sort((one, other) => (one.path < other.path ? -1 : 1))
  return [{ path: '', folder: root }, ...shown]
}

function foldersBelow(root: Folder): FolderAt[] {
  const found: FolderAt[] = []
  const open: FolderAt[] = [{ path: '', folder: root }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const [name, folder] of listEntries(next.folder.folders)) {
      const child = { path: `${next.path}${name}/`, folder }
      found.push(child)
      open.push(child)
    }
  }
  return found
}

function isPassage({ files, folders }: Folder): boolean {
  return files === null && folders !== null && folders[2] === null && folders[3] === null
}
