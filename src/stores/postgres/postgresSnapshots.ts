import type { Snapshot } from '../../../operators/model/snapshot.ts'
import { withMark } from '../../../operators/model/snapshot.ts'
import { UndecodableSnapshotError } from '../../../operators/ports/errors/UndecodableSnapshotError.ts'
import type { LoadOptions, SaveSnapshotOptions, SnapshotStore } from '../../../operators/ports/snapshots.ts'
import { checkLoadOptions, checkSaveOptions, checkSnapshot, checkSnapshotKey } from '../support/checkArguments.ts'
import { encodeState } from '../support/encodeState.ts'
import { decodeMark, encodeMark } from '../support/marks.ts'
import { checkCount, claimValues, heldSql } from './leaseSql.ts'
import type { StoreContext } from './StoreContext.ts'
import { KEY } from './schema/migrations.ts'

/** A value of PostgreSQL, and the message that brings it, have less than 1 GiB; a part of that is for the rest. */
const MOST = 2 ** 30 - 2 ** 20

/** Makes the place of a store's snapshots; it keeps the last `keep` of each name and version. */
export function postgresSnapshots(shared: StoreContext, keep: number): SnapshotStore {
  const { tables } = shared
  const { snapshots } = tables
  const own = `key = ${KEY('$1::text')} AND version = $2::bigint`
  const loading = `SELECT s."offset"::text, s.state, s.mark FROM ${snapshots} s WHERE ${own} AND s."offset" < $3::bigint
    ORDER BY s."offset" DESC LIMIT 1`
  // What is older than the stored one is not kept; what is newer is found first, whoever was quicker.
  const saving = `WITH ${heldSql(tables, '$6', '$7')}, saved AS (
      INSERT INTO ${snapshots} (key, name, version, "offset", state, mark)
      SELECT ${KEY('$1::text')}, $1, $2::bigint, $3::bigint, $4::text, $8::text
      WHERE EXISTS (SELECT FROM held) AND NOT EXISTS (SELECT FROM ${snapshots} WHERE ${own} AND "offset" > $3)
      ON CONFLICT (key, version, "offset") DO UPDATE
        SET state = excluded.state, mark = excluded.mark, saved_at = now()
      RETURNING 1), pruned AS (
      DELETE FROM ${snapshots} WHERE ${own} AND EXISTS (SELECT FROM saved) AND "offset" <
        (SELECT "offset" FROM ${snapshots} WHERE ${own} AND "offset" < $3 ORDER BY "offset" DESC OFFSET $5::int - 1 LIMIT 1))
    SELECT (SELECT count(*) FROM held)::int`
  const deleting = `DELETE FROM ${snapshots} WHERE ${own}`
  return {
    async load(name: string, version: number, options?: LoadOptions): Promise<Snapshot<unknown> | undefined> {
      shared.checkOpen()
      checkSnapshotKey(name, version)
      checkLoadOptions(options)
      const db = await shared.forCall()
      let below = Number.MAX_SAFE_INTEGER
      for (;;) {
        const [row] = await db.query(loading, [name, version, below])
        if (row === undefined) return undefined
        const offset = Number(row[0])
        let cause: unknown
        try {
          return withMark({ offset, state: JSON.parse(row[1] as string) }, decodeMark(row[2] as string | null))
        } catch (error) {
          cause = error
        }
        options?.onUndecodable?.(new UndecodableSnapshotError({ projection: name, version, offset, cause }))
        below = offset
      }
    },
    async save(name: string, version: number, snapshot: Snapshot<unknown>, options?: SaveSnapshotOptions) {
      shared.checkOpen()
      checkSnapshotKey(name, version)
      checkSnapshot(snapshot)
      checkSaveOptions(options)
      const { offset, state } = snapshot
      const mark = encodeMark(snapshot.mark)
      const text = encodeState(name, state, MOST)
      const lease = options?.lease
      const db = await shared.forCall()
      const [row] = await db.query(saving, [name, version, offset, text, keep, ...claimValues(lease), mark])
      checkCount(row![0], lease)
    },
    async delete(name: string, version: number) {
      shared.checkOpen()
      checkSnapshotKey(name, version)
      await (await shared.forCall()).query(deleting, [name, version])
    },
  }
}
