import { PositionConflictError } from '../../../operators/model/errors/PositionConflictError.ts'
import type { PositionStore, SavePositionOptions } from '../../../operators/model/store.ts'
import { checkName, checkPositionSave } from '../support/checkArguments.ts'
import type { Queryable } from './driver/Driver.ts'
import { checkCount, claimValues, heldSql } from './leaseSql.ts'
import type { StoreParts } from './StoreParts.ts'
import { KEY, type Tables } from './schema/migrations.ts'

/** Positions, wherever the statements are sent to: the pool, or a transaction. */
export interface PositionStatements {
  load(db: Queryable, name: string): Promise<number>
  save(db: Queryable, name: string, position: number, options: SavePositionOptions | undefined): Promise<void>
}

/** One statement: the lease and the expected position are checked by what saves. */
function saveSql(tables: Tables): string {
  const { positions } = tables
  const key = KEY('$1::text')
  return `WITH ${heldSql(tables, '$4', '$5')}, saved AS (
      INSERT INTO ${positions} AS p (key, name, position) SELECT ${key}, $1, $2::bigint
      WHERE EXISTS (SELECT FROM held)
        AND ($3::bigint IS NULL OR $3 = 0 OR EXISTS (SELECT FROM ${positions} WHERE key = ${key}))
      ON CONFLICT (key) DO UPDATE SET position = excluded.position, saved_at = now() WHERE $3 IS NULL OR p.position = $3
      RETURNING 1)
    SELECT (SELECT count(*) FROM held)::int, (SELECT count(*) FROM saved)::int`
}

/** Makes the statements of a store's positions. */
export function positionStatements(tables: Tables): PositionStatements {
  const loading = `SELECT position::text FROM ${tables.positions} WHERE key = ${KEY('$1::text')}`
  const saving = saveSql(tables)

  async function load(db: Queryable, name: string): Promise<number> {
    const [row] = await db.query(loading, [name])
    return Number(row?.[0] ?? 0)
  }

  async function save(
    db: Queryable,
    name: string,
    position: number,
    options: SavePositionOptions | undefined,
  ): Promise<void> {
    const { expected, lease } = options ?? {}
    for (;;) {
      const [row] = await db.query(saving, [name, position, expected ?? null, ...claimValues(lease)])
      checkCount(row![0], lease)
      if (Number(row![1]) > 0) return
      const actual = await load(db, name)
      // Between the two statements the position has come to where it was expected: once more.
      if (actual !== expected) throw new PositionConflictError({ projector: name, expected: expected!, actual })
    }
  }

  return { load, save }
}

/** Makes the place of a store's positions. */
export function postgresPositions(parts: StoreParts, statements: PositionStatements): PositionStore {
  return {
    async load(name: string) {
      parts.checkOpen()
      checkName('name', name)
      return statements.load(await parts.forCall(), name)
    },
    async save(name: string, position: number, options?: SavePositionOptions) {
      parts.checkOpen()
      checkPositionSave(name, position, options)
      await statements.save(await parts.forCall(), name, position, options)
    },
  }
}
