import { type FSWatcher, stat, unwatchFile, watch, watchFile as watchState } from 'node:fs'
import { Observable } from 'rxjs'
import type { Connection } from './Connection.ts'

/**
 * How long to wait, in ms, before each further look after the file was written to: a commit becomes visible a moment
 * after its last byte was written, since the disk comes in between.
 */
const LOOKS = [1, 4, 16, 64, 256, 1_000]

/** How often to look where the system cannot watch files, and whether the file is still the same one, in ms. */
const POLL = 1_000

/**
 * Emits when another connection, also of another process, has committed something. It watches the file that SQLite writes
 * commits to, while subscribed, and keeps no process alive. Completes when the connection closes; errors when the file can
 * no longer be read, or is another one.
 *
 * @param file the path of the file that SQLite has open.
 * @param main the path at which others look for it.
 */
export function watchFile(connection: Connection, file: string, main: string): Observable<void> {
  return new Observable((subscriber) => {
    subscriber.add(
      connection.appends$.subscribe({
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      }),
    )
    if (subscriber.closed) return
    let seen = dataVersion(connection)
    let look: NodeJS.Timeout | undefined
    let poll: NodeJS.Timeout | undefined
    let watcher: FSWatcher | undefined

    const check = (): void => {
      try {
        const version = dataVersion(connection)
        if (version === seen) return
        seen = version
      } catch (error) {
        subscriber.error(error)
        return
      }
      subscriber.next()
    }
    const checkState = (): void => {
      try {
        connection.use(() => connection.checkFiles('now'))
      } catch (error) {
        subscriber.error(error)
      }
    }
    const lookFrom = (turn: number): void => {
      clearTimeout(look)
      if (turn < LOOKS.length) look = setTimeout(lookFrom, LOOKS[turn]!, turn + 1).unref()
      check()
    }
    const pollInstead = (): void => {
      watcher?.close()
      poll ??= setInterval(check, POLL).unref()
    }

    subscriber.add(() => {
      clearTimeout(look)
      clearInterval(poll)
      watcher?.close()
      unwatchFile(main, checkState)
    })
    // Asks in a thread of its own, and calls when something has changed since it asked first: what changed before that is found
    // by a look when it has asked.
    watchState(main, { persistent: false, interval: POLL }, checkState)
    stat(main, () => subscriber.closed || checkState())
    try {
      watcher = watch(`${file}-wal`, { persistent: false }, () => lookFrom(0))
      watcher.on('error', pollInstead)
    } catch {
      pollInstead()
    }
  })
}

/** A number that changes with each commit of another connection. */
function dataVersion(connection: Connection): number {
  return connection.use(() => (connection.prepare('PRAGMA data_version').get() as unknown as [number])[0])
}
