import { watch } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { distinctUntilChanged, exhaustMap, interval, map, merge, Observable } from 'rxjs'

/** How often to check in any case, in ms: some file systems, such as network shares, report no changes. */
const POLL_EVERY = 500

/** Emits when a repository's HEAD may have moved, and once at the beginning. It does not run git for that. */
export function headChanges(gitDir: string, commonDir: string): Observable<void> {
  const folders = new Set([gitDir, commonDir, join(gitDir, 'logs')])
  return merge(interval(POLL_EVERY), ...[...folders].map(folderChanges)).pipe(
    exhaustMap(() => whereHeadIs(gitDir, commonDir)),
    distinctUntilChanged(),
    map(() => undefined),
  )
}

/** Emits at changes in a folder. If the folder cannot be watched, it emits nothing, and only polling detects changes. */
function folderChanges(folder: string): Observable<void> {
  return new Observable((subscriber) => {
    try {
      const watcher = watch(folder, () => subscriber.next())
      watcher.on('error', () => watcher.close())
      return () => watcher.close()
    } catch {
      return undefined
    }
  })
}

/** A text that changes when HEAD moves: the content of HEAD, and of the files that may hold its branch. */
async function whereHeadIs(gitDir: string, commonDir: string): Promise<string> {
  const head = await contentOf(join(gitDir, 'HEAD'))
  const branch = /^ref: (.+)/.exec(head)?.[1]
  const parts = await Promise.all([
    branch === undefined ? '' : contentOf(join(commonDir, branch)),
    traceOf(join(commonDir, 'packed-refs')),
    traceOf(join(gitDir, 'logs', 'HEAD')),
    traceOf(join(gitDir, 'reftable', 'tables.list')),
  ])
  return [head, ...parts].join('\n')
}

async function contentOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch {
    return '' // It is not there, or not now: the next look tells.
  }
}

async function traceOf(file: string): Promise<string> {
  try {
    const { size, mtimeMs } = await stat(file)
    return `${size} ${mtimeMs}`
  } catch {
    return ''
  }
}
