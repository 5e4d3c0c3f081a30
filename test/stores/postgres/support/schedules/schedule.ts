import type pg from 'pg'
import { postgres } from 'rx-projection/postgres'
import { randomFrom } from '../randomWriter.ts'
import { type AppendPlaces, appendAtRandom } from './appends.ts'
import { startCuttingProxy } from './cuttingProxy.ts'
import { disturb } from './faults.ts'
import { expectExactlyOnce } from './outcome.ts'
import { ledgerOf, type Marked, type WorkOptions } from './work.ts'
import { Workers } from './workers.ts'

/** The server that a schedule runs on. */
export interface Ground {
  readonly url: string
  readonly pool: pg.Pool
  /** Stops the server and starts it again; absent where others run on it at the same time. */
  readonly restart?: (how: 'fast' | 'immediate') => Promise<void>
}

/** Whether a schedule restarts its server. */
export function restarts(seed: number): boolean {
  return randomFrom(seed)() < 0.06
}

/**
 * Runs one schedule: appenders, workers that follow them, and faults, as the seed says. At its end all is whole again, and
 * the last worker comes to the head.
 *
 * @throws where an event is lost, doubled or out of order.
 */
export async function runSchedule(seed: number, ground: Ground): Promise<void> {
  const random = randomFrom(seed + 7)
  const below = (limit: number): number => Math.floor(random() * limit)
  const schema = `schedule_${seed}`
  const { url, pool } = ground
  await using proxy = await startCuttingProxy(url)
  await using direct = postgres<Marked>({ pool, schema })
  await using cut = postgres<Marked>({ connectionString: proxy.url, schema })
  await direct.open()
  await pool.query(ledgerOf(schema))
  const options: WorkOptions = {
    schema,
    handles: (['event', 'event, page by page', 'page'] as const)[below(3)]!,
    foreign: random() < 0.3,
    streams: random() < 0.2 ? ['a', 'c'] : undefined,
    exclusive: random() < 0.6,
    pageSize: 1 + below(10),
  }
  const places: AppendPlaces = { pool, direct, cut }
  const appenders = Array.from({ length: 1 + below(20) }, (_, index) =>
    appendAtRandom(places, index, seed * 100 + index),
  )
  const appending = Promise.all(appenders)
  await using workers = new Workers(url, options, seed * 100)
  try {
    await disturb({ seed, ground, options, direct, client: proxy, workers })
  } finally {
    await appending
  }
  const { rows } = await pool.query(`SELECT max(position)::int AS head FROM ${schema}.events`)
  const finished = await workers.finish(rows[0].head ?? 0)
  await expectExactlyOnce({ pool, direct, options, attempts: (await appending).flat(), finished })
}
