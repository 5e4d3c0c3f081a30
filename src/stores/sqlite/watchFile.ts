import { type FSWatcher, stat, unwatchFile, watch, watchFile as watchState } from 'node:fs'
import { Observable } from 'rxjs'
import type { Connection } from './Connection.ts'

/**
 * The waits before each further check after a write to the file, in ms. A commit becomes visible a moment after its last byte was
 * written, because the write to the disk comes in between.
 */
const LOOKS = [1, 4, 16, 64, 256, 1_000]

/** The time between two checks, in ms, if the system cannot watch files; also between two checks that the file is the same. */
const POLL = 1_000

/**
 * Emits when another connection, also of another process, has committed. While subscribed, it watches the file that SQLite writes
 * commits to; the watch does not keep the process alive. Completes when the connection closes; errors when the file can no longer
 * be read, or was replaced.
 *
 * @param file the path of the file that SQLite has open.
 * @param main the path at which other processes open it.
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
    // Node polls the file in another thread, and calls back when it has changed since the first poll. The `stat` below finds
    // earlier changes.
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
