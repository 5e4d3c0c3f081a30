import pg from 'pg'
import type { Sample } from './harness/job.ts'
import type { BankEvent } from './workload.ts'

let made = 0

/** A read model in PostgreSQL that a handler keeps: a row for each account, changed by one statement for each event. */
export class Balances {
  /** Of this run alone. */
  readonly name: string
  /** Adds `$2` to the balance of account `$1`. */
  readonly upsert: string
  private readonly url: string
  private readonly table: string

  private constructor(url: string, schema: string, name: string) {
    this.url = url
    this.name = name
    this.table = `${schema}.${name}`
    this.upsert = upsertInto(this.table)
  }

  /** Makes the table, empty, in a schema of the server's. */
  static async create(url: string, schema: string): Promise<Balances> {
    const balances = new Balances(url, schema, `balances_${process.pid}_${made++}`)
    await balances.query(`CREATE TABLE ${balances.table} (account int PRIMARY KEY, balance bigint NOT NULL)`)
    return balances
  }

  /** What came out, for a run that took `value` ms; the table is dropped. */
  async sample(value: number): Promise<Sample> {
    // The second sum sees a change that was booked to another account.
    const { rows } = await this.query(
      `SELECT count(*)::int AS accounts, sum(balance)::int AS sum, sum(account * balance)::float AS weighted FROM ${this.table}`,
    )
    await this.query(`DROP TABLE ${this.table}`)
    return { value, result: JSON.stringify(rows[0]) }
  }

  private async query(text: string): Promise<pg.QueryResult> {
    const client = new pg.Client({ connectionString: this.url })
    await client.connect()
    try {
      return await client.query(text)
    } finally {
      await client.end()
    }
  }
}

/** What an event adds to the balance of its account. */
export function changeOf(event: BankEvent): number {
  if (event.type === 'Opened') return 0
  return event.type === 'Deposited' ? event.payload.amount : -event.payload.amount
}

function upsertInto(table: string): string {
  return `INSERT INTO ${table} AS kept (account, balance) VALUES ($1, $2)
    ON CONFLICT (account) DO UPDATE SET balance = kept.balance + excluded.balance`
}
