import pg from 'pg'
import { ownName } from './ownName.ts'
import type { BankEvent } from './workload.ts'

/** A table of accounts that a projector keeps, of one process's own. */
export class AccountTable {
  readonly name: string
  /** Upserts many accounts by one statement; see `values`. */
  readonly upsert: string
  private readonly client: pg.Client

  private constructor(client: pg.Client, name: string) {
    this.client = client
    this.name = name
    this.upsert = `INSERT INTO ${name} AS t (account, balance, changes)
      SELECT account, sum(amount), count(*) FROM unnest($1::int[], $2::int[]) AS e (account, amount) GROUP BY account
      ON CONFLICT (account) DO UPDATE SET balance = t.balance + excluded.balance, changes = t.changes + excluded.changes`
  }

  static async open(url: string): Promise<AccountTable> {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    const table = new AccountTable(client, ownName('accounts'))
    await client.query(
      `CREATE TABLE ${table.name} (account int PRIMARY KEY, balance bigint NOT NULL, changes bigint NOT NULL)`,
    )
    return table
  }

  /** The parameters of `upsert` for some events. */
  values(events: readonly BankEvent[]): [number[], number[]] {
    return [events.map(({ payload }) => payload.account), events.map(changeOf)]
  }

  async clear(): Promise<void> {
    await this.client.query(`TRUNCATE ${this.name}`)
  }

  /** What the table has come to, to compare. */
  async checksum(): Promise<string> {
    const { rows } = await this.client.query(
      `SELECT count(*)::int AS accounts, sum(balance)::int AS balance, sum(changes)::int AS changes FROM ${this.name}`,
    )
    return JSON.stringify(rows[0])
  }

  async drop(): Promise<void> {
    await this.client.query(`DROP TABLE ${this.name}`)
    await this.client.end()
  }
}

function changeOf(event: BankEvent): number {
  if (event.type === 'Opened') return 0
  return event.type === 'Deposited' ? event.payload.amount : -event.payload.amount
}
