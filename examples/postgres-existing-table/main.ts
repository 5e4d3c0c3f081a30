import { PGlite } from '@electric-sql/pglite'
import { defineProjection, startProjection } from 'rx-projection'
import { fromTable, postgres } from 'rx-projection/postgres'
import { type AccountEvent, TABLE, TRIGGER } from './application.ts'

const balances = defineProjection<Readonly<Record<string, number>>, AccountEvent>({
  name: 'balances',
  version: 1,
  initialState: () => ({}),
  on: {
    deposit: (state, { stream, payload }) => ({ ...state, [stream]: (state[stream] ?? 0) + payload.amount }),
    withdrawal: (state, { stream, payload }) => ({ ...state, [stream]: (state[stream] ?? 0) - payload.amount }),
  },
})

await using db = await PGlite.create()
await db.exec(TABLE)
await db.exec(TRIGGER)

console.log('1. The rows of a table are events; nothing is written to it.')
const accountLog = fromTable({
  table: 'account_log',
  columns: { id: 'log_id', stream: 'account_no', type: 'action', payload: ['amount'], recordedAt: 'done_at' },
  channel: 'account_log',
})
await using store = postgres<AccountEvent>({ pool: db, events: accountLog })
await using projection = startProjection(balances, { store })
console.log('  ', await projection.state())

console.log('2. What the application inserts is seen.')
const { rows } = await db.query<{ log_id: number }>(
  `INSERT INTO account_log (account_no, action, amount) VALUES ('A-2', 'deposit', 25) RETURNING log_id`,
)
console.log('  ', await projection.state({ atLeast: rows[0]!.log_id }))

console.log('3. A table that cannot be read safely is refused, with what to do about it.')
await db.exec('ALTER SEQUENCE account_log_log_id_seq CACHE 50')
await using refused = postgres<AccountEvent>({ pool: db, events: accountLog })
await refused.open().catch(({ message }: Error) => console.log(`   ${message}`))
