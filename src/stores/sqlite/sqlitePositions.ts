import type { EventMark } from '../../../operators/model/mark.ts'
import { PositionConflictError } from '../../../operators/ports/errors/PositionConflictError.ts'
import type { PositionStore, SavePositionOptions } from '../../../operators/ports/positions.ts'
import { checkName, checkPositionSave } from '../support/checkArguments.ts'
import { decodeMark, encodeMark } from '../support/marks.ts'
import type { Connection } from './Connection.ts'
import { checkLease } from './sqliteLeases.ts'

const LOAD = 'SELECT position FROM rx_positions WHERE name = ?'

const SAVE = 'INSERT OR REPLACE INTO rx_positions (name, position) VALUES (?, ?)'

const LOAD_MARK = 'SELECT mark FROM rx_marks JOIN rx_positions USING (name, position) WHERE name = ?'

const SAVE_MARK = 'INSERT OR REPLACE INTO rx_marks (name, position, mark) VALUES (?, ?, ?)'

const FORGET_MARK = 'DELETE FROM rx_marks WHERE name = ?'

/** Creates the position store of a file. Within a transaction, positions are part of it. */
export function sqlitePositions(connection: Connection): PositionStore {
  function load(name: string): number {
    const row = connection.prepare(LOAD).get(name) as unknown as [number] | undefined
    return row?.[0] ?? 0
  }

  return {
    load: (name: string) =>
      connection.use(() => {
        checkName('name', name)
        return load(name)
      }),
    save: (name: string, position: number, options?: SavePositionOptions) =>
      connection.use(() => {
        checkPositionSave(name, position, options)
        const expected = options?.expected
        const mark = options?.mark
        connection.write(() => {
          checkLease(connection, options?.lease)
          const actual = load(name)
          if (expected !== undefined && expected !== actual)
            throw new PositionConflictError({ projector: name, expected, actual })
          connection.prepare(SAVE).run(name, position)
          if (mark === undefined) connection.prepare(FORGET_MARK).run(name)
          else connection.prepare(SAVE_MARK).run(name, position, encodeMark(mark))
        })
      }),
    loadMark: (name: string): EventMark | undefined =>
      connection.use(() => {
        checkName('name', name)
        const row = connection.prepare(LOAD_MARK).get(name) as unknown as [string] | undefined
        return decodeMark(row?.[0])
      }),
  }
}
