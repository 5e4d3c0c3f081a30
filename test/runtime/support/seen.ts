import { defineProjector, type Projector } from 'rx-projection'
import type { SqliteContext } from 'rx-projection/sqlite'
import type { Noted } from './notes.ts'

/** A projector that writes each event's id into a table; `around` is told before and after. */
export function seen(
  transaction: 'event' | 'page',
  around: (id: number, when: 'before' | 'after') => void = () => undefined,
): Projector<Noted, SqliteContext> {
  return defineProjector<Noted, SqliteContext>({
    name: 'seen',
    transaction,
    process: ({ id }, { db }) => {
      around(id, 'before')
      db.prepare('INSERT INTO seen (id) VALUES (?)').run(id)
      around(id, 'after')
    },
  })
}
