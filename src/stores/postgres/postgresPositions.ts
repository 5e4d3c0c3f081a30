import type { EventMark } from '../../../operators/model/mark.ts'
import { PositionConflictError } from '../../../operators/ports/errors/PositionConflictError.ts'
import type { PositionStore, SavePositionOptions } from '../../../operators/ports/positions.ts'
import { checkName, checkPositionSave } from '../support/checkArguments.ts'
import { decodeMark, encodeMark } from '../support/marks.ts'
import type { Queryable } from './driver/Driver.ts'
import { checkCount, claimValues, heldSql } from './leaseSql.ts'
import type { StoreContext } from './StoreContext.ts'
import { KEY, type Tables } from './schema/migrations.ts'

/** Positions, wherever the statements are sent to: the pool, or a transaction. */
export interface PositionStatements {
  load(db: Queryable, name: string): Promise<number>
  save(db: Queryable, name: string, position: number, options: SavePositionOptions | undefined): Promise<void>
  loadMark(db: Queryable, name: string): Promise<EventMark | undefined>
}

/** One statement: the lease and the expected position are checked by what saves. */
function saveSql(tables: Tables): string {
  const { positions } = tables
  const key = KEY('$1::text')
  return `WITH ${heldSql(tables, '$4', '$5')}, saved AS (
      INSERT INTO ${positions} AS p (key, name, position, mark) SELECT ${key}, $1, $2::bigint, $6::text
      WHERE EXISTS (SELECT FROM held)
        AND ($3::bigint IS NULL OR $3 = 0 OR EXISTS (SELECT FROM ${positions} WHERE key = ${key}))
      ON CONFLICT (key) DO UPDATE SET position = excluded.position, mark = excluded.mark, saved_at = now()
        WHERE $3 IS NULL OR p.position = $3
      RETURNING 1)
    SELECT (SELECT count(*) FROM held)::int, (SELECT count(*) FROM saved)::int`
}

/** Makes the statements of a store's positions. */
export function positionStatements(tables: Tables): PositionStatements {
  const loading = `SELECT position::text FROM ${tables.positions} WHERE key = ${KEY('$1::text')}`
  const loadingMark = `SELECT position::text, mark FROM ${tables.positions} WHERE key = ${KEY('$1::text')}`
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
    const { expected, lease, mark } = options ?? {}
    for (;;) {
      const [row] = await db.query(saving, [
        name,
        position,
        expected ?? null,
        ...claimValues(lease),
        markAt(position, mark),
      ])
      checkCount(row![0], lease)
      if (Number(row![1]) > 0) return
      const actual = await load(db, name)
      // Between the two statements the position has come to where it was expected: once more.
      if (actual !== expected) throw new PositionConflictError({ projector: name, expected: expected!, actual })
    }
  }

  /** A process that knows nothing of marks leaves the mark of an earlier position behind: that one says nothing. */
  async function loadMark(db: Queryable, name: string): Promise<EventMark | undefined> {
    const [row] = await db.query(loadingMark, [name])
    const [at, text] = splitMark(row?.[1] as string | null | undefined)
    return at === row?.[0] ? decodeMark(text) : undefined
  }

  return { load, save, loadMark }
}

/** Makes the place of a store's positions. */
export function postgresPositions(shared: StoreContext, statements: PositionStatements): PositionStore {
  return {
    async load(name: string) {
      shared.checkOpen()
      checkName('name', name)
      return statements.load(await shared.forCall(), name)
    },
    async loadMark(name: string) {
      shared.checkOpen()
      checkName('name', name)
      return statements.loadMark(await shared.forCall(), name)
    },
    async save(name: string, position: number, options?: SavePositionOptions) {
      shared.checkOpen()
      checkPositionSave(name, position, options)
      const captured = options?.mark === undefined ? options : { ...options, mark: { ...options.mark } }
      await statements.save(await shared.forCall(), name, position, captured)
    },
  }
}

/** A mark as it is stored: behind the position that it was saved with. */
function markAt(position: number, mark: EventMark | undefined): string | null {
  return mark === undefined ? null : `${position} ${encodeMark(mark)}`
}

function splitMark(stored: string | null | undefined): readonly [at: string, mark: string | null] {
  if (stored === null || stored === undefined) return ['', null]
  const space = stored.indexOf(' ')
  return [stored.slice(0, space), stored.slice(space + 1)]
}
