import type { Client } from 'pg'

/** Numbers from 0 up to 1, the same for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Writes to a table in transactions of every kind, a number of them; some are rolled back, some dawdle. */
export async function writeAtRandom(
  client: Client,
  table: string,
  transactions: number,
  random: () => number,
): Promise<void> {
  const pick = (count: number) => Math.floor(random() * count)
  const stream = () => ['a', 'b', 'c'][pick(3)]!
  const insert = () => client.query(`INSERT INTO ${table} (about) VALUES ($1)`, [stream()])
  const steps: readonly (() => Promise<unknown>)[] = [
    insert,
    insert,
    () =>
      client.query(`INSERT INTO ${table} (about) SELECT $1 FROM generate_series(1, $2::int)`, [stream(), 1 + pick(9)]),
    () => client.query(`COPY ${table} (about) FROM PROGRAM 'echo ${stream()}; echo ${stream()}'`),
    () => client.query(`INSERT INTO source_of_${table} VALUES ($1)`, [stream()]),
    () => client.query('SELECT pg_sleep($1)', [random() * 0.03]),
    async () => {
      await client.query('SAVEPOINT s')
      await insert()
      if (random() < 0.7) await client.query('ROLLBACK TO s')
    },
    async () => {
      const { rows } = await client.query(`SELECT nextval(pg_get_serial_sequence('${table}', 'nr')) AS nr`)
      await client.query('SELECT pg_sleep($1)', [random() * 0.01])
      if (random() < 0.8) await client.query(`INSERT INTO ${table} (nr, about) VALUES ($1, $2)`, [rows[0].nr, stream()])
    },
  ]
  for (let number = 0; number < transactions; number++) {
    await client.query('BEGIN')
    for (let step = 1 + pick(4); step > 0; step--) await steps[pick(steps.length)]!()
    const end = random()
    if (end < 0.3) await client.query('ROLLBACK')
    else if (end < 0.4) {
      const name = `${table}_${process.pid}_${number}_${random()}`
      await client.query(`PREPARE TRANSACTION '${name}'`)
      await client.query('SELECT pg_sleep($1)', [random() * 0.02])
      await client.query(`${random() < 0.7 ? 'COMMIT' : 'ROLLBACK'} PREPARED '${name}'`)
    } else await client.query('COMMIT')
  }
}
