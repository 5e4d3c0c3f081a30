import { PositionConflictError } from '../../../operators/model/errors/PositionConflictError.ts'
import type { PositionStore, SavePositionOptions } from '../../../operators/model/store.ts'
import { checkName, checkPositionSave } from '../support/checkArguments.ts'
import type { Connection } from './connection.ts'
import { checkLease } from './sqliteLeases.ts'

const LOAD = 'SELECT position FROM rx_positions WHERE name = ?'

const SAVE = 'INSERT OR REPLACE INTO rx_positions (name, position) VALUES (?, ?)'

/** Makes the place of a file's positions. Within a transaction they move with it. */
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
        if (expected === undefined && options?.lease === undefined) {
          connection.prepare(SAVE).run(name, position)
          return
        }
        connection.write(() => {
          checkLease(connection, options?.lease)
          const actual = load(name)
          if (expected !== undefined && expected !== actual)
            throw new PositionConflictError({ projector: name, expected, actual })
          connection.prepare(SAVE).run(name, position)
        })
      }),
  }
}
