import { defineProjector } from 'rx-projection'
import type { SqliteContext } from 'rx-projection/sqlite'
import type { BankEvent } from './events.ts'

/** The table that this projector owns; the application reads it with SQL. */
export const STATEMENTS = `
  CREATE TABLE IF NOT EXISTS statements (
    position INTEGER NOT NULL,
    account TEXT NOT NULL,
    cents INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (account, position)
  ) STRICT`

/** One line in the statements for each movement of money. It commits together with the projector's position: exactly once. */
export const statements = defineProjector<BankEvent, SqliteContext>({
  name: 'statements',
  process: ({ id, type, payload }, { db }) => {
    const insert = db.prepare('INSERT INTO statements (position, account, cents, text) VALUES (?, ?, ?, ?)')
    switch (type) {
      case 'Deposited':
        insert.run(id, payload.account, payload.cents, 'deposit')
        break
      case 'Withdrawn':
        insert.run(id, payload.account, -payload.cents, 'withdrawal')
        break
      case 'Transferred':
        insert.run(id, payload.from, -payload.cents, `to ${payload.to}`)
        insert.run(id, payload.to, payload.cents, `from ${payload.from}`)
    }
  },
})
