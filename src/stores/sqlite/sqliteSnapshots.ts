import type { Snapshot } from '../../../operators/model/snapshot.ts'
import { withMark } from '../../../operators/model/snapshot.ts'
import { UndecodableSnapshotError } from '../../../operators/ports/errors/UndecodableSnapshotError.ts'
import type { LoadOptions, SaveSnapshotOptions, SnapshotStore } from '../../../operators/ports/snapshots.ts'
import { checkLoadOptions, checkSaveOptions, checkSnapshot, checkSnapshotKey } from '../support/checkArguments.ts'
import { encodeState, tooLarge } from '../support/encodeState.ts'
import { decodeMark, encodeMark } from '../support/marks.ts'
import type { Connection } from './Connection.ts'
import { isTooBig } from './errors.ts'
import { checkLease } from './sqliteLeases.ts'

const NEWEST = 'SELECT max("offset") FROM rx_snapshots WHERE name = ? AND version = ?'

const OLDER = `SELECT "offset", state, mark FROM rx_snapshots WHERE name = ? AND version = ? AND "offset" < ?
  ORDER BY "offset" DESC LIMIT 1`

const SAVE = `INSERT OR REPLACE INTO rx_snapshots (name, version, "offset", state, saved_at, mark)
  VALUES (?, ?, ?, ?, ?, ?)`

const PRUNE = `DELETE FROM rx_snapshots WHERE name = ?1 AND version = ?2 AND "offset" <=
  (SELECT "offset" FROM rx_snapshots WHERE name = ?1 AND version = ?2 ORDER BY "offset" DESC LIMIT 1 OFFSET ?3)`

const DELETE = 'DELETE FROM rx_snapshots WHERE name = ? AND version = ?'

/** Creates the snapshot store of a file; it keeps the last `keep` snapshots of each name and version. */
export function sqliteSnapshots(connection: Connection, keep: number): SnapshotStore {
  return {
    load: (name: string, version: number, options?: LoadOptions) =>
      connection.use(() => {
        checkSnapshotKey(name, version)
        checkLoadOptions(options)
        return newestDecodable(connection, name, version, options)
      }),
    save: (name: string, version: number, snapshot: Snapshot<unknown>, options?: SaveSnapshotOptions) =>
      connection.use(() => {
        checkSnapshotKey(name, version)
        checkSnapshot(snapshot)
        checkSaveOptions(options)
        const { offset, state, mark } = snapshot
        const text = encodeState(name, state)
        connection.write(() => {
          checkLease(connection, options?.lease)
          const [newest] = connection.prepare(NEWEST).get(name, version) as unknown as [number | null]
          if (newest !== null && offset < newest) return
          try {
            connection.prepare(SAVE).run(name, version, offset, text, new Date().toISOString(), encodeMark(mark))
          } catch (error) {
            throw isTooBig(error) ? tooLarge(name, text, error) : error
          }
          connection.prepare(PRUNE).run(name, version, keep)
        })
      }),
    delete: (name: string, version: number) =>
      connection.use(() => {
        checkSnapshotKey(name, version)
        connection.prepare(DELETE).run(name, version)
      }),
  }
}

type Row = [offset: number, state: string, mark: string | null]

function newestDecodable(
  connection: Connection,
  name: string,
  version: number,
  options: LoadOptions | undefined,
): Snapshot<unknown> | undefined {
  let below = Number.MAX_SAFE_INTEGER
  for (;;) {
    const row = connection.prepare(OLDER).get(name, version, below) as unknown as Row | undefined
    if (row === undefined) return undefined
    const [offset, text] = row
    const mark = decodeMark(row[2])
    let cause: unknown
    try {
      return withMark({ offset, state: JSON.parse(text) }, mark)
    } catch (error) {
      cause = error
    }
    options?.onUndecodable?.(new UndecodableSnapshotError({ projection: name, version, offset, cause }))
    below = offset
  }
}
