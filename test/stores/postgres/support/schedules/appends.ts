import type pg from 'pg'
import { RevisionConflictError } from 'rx-projection'
import type { PostgresStore } from 'rx-projection/postgres'
import { randomFrom } from '../randomWriter.ts'
import type { Marked } from './work.ts'

/** Events that are appended together, and what became of them; `unknown` where the answer was lost. */
export interface Attempt {
  readonly marks: readonly string[]
  readonly fate: 'committed' | 'undone' | 'unknown'
}

/** What appenders append through. */
export interface AppendPlaces {
  /** Undisturbed, beside restarts of the server. */
  readonly pool: pg.Pool
  readonly direct: PostgresStore<Marked>
  /** Through a proxy whose connections are cut. */
  readonly cut: PostgresStore<Marked>
}

const ROUNDS = 2
const STREAMS = ['a', 'b', 'c'] as const

/** One of several that append at the same time, in a few rounds. */
export async function appendAtRandom(
  { pool, direct, cut }: AppendPlaces,
  appender: number,
  seed: number,
): Promise<readonly Attempt[]> {
  const random = randomFrom(seed)
  const below = (limit: number): number => Math.floor(random() * limit)
  const attempts: Attempt[] = []
  let count = 0
  const some = (): readonly string[] =>
    Array.from({ length: 1 + below(2) }, () => `${appender}/${++count}${random() < 0.04 ? '!' : ''}`)
  const stream = (): string => STREAMS[below(STREAMS.length)]!
  const events = (marks: readonly string[]): readonly Marked[] => marks.map((payload) => ({ type: 'Marked', payload }))
  const expecting = () => (random() < 0.25 ? { expectedRevision: below(12) } : {})

  async function append(store: PostgresStore<Marked>): Promise<void> {
    const marks = some()
    try {
      await store.events.append(stream(), events(marks), expecting())
      attempts.push({ marks, fate: 'committed' })
    } catch (error) {
      attempts.push({ marks, fate: error instanceof RevisionConflictError ? 'undone' : 'unknown' })
    }
  }

  /** One part of a transaction; the marks that it leaves in it. */
  async function part(client: pg.PoolClient): Promise<readonly string[]> {
    const marks = some()
    const savepoint = random() < 0.3
    const undo = savepoint && random() < 0.6
    if (savepoint) await client.query('SAVEPOINT s')
    let kept = marks
    try {
      await direct.events.appendWithin(client, stream(), events(marks), expecting())
    } catch (error) {
      if (!(error instanceof RevisionConflictError)) throw error
      kept = []
    }
    if (random() < 0.5) await client.query('SELECT pg_sleep($1)', [random() * 0.015])
    if (!undo) {
      if (kept.length === 0) attempts.push({ marks, fate: 'undone' })
      return kept
    }
    await client.query('ROLLBACK TO s')
    attempts.push({ marks, fate: 'undone' })
    return []
  }

  /** A transaction, and how it ends. A deadlock with another one undoes it. */
  async function transaction(): Promise<void> {
    const marks: string[] = []
    let fate: Attempt['fate'] = 'undone'
    const client = await pool.connect()
    client.on('error', ignore)
    let broken = false
    try {
      await client.query('BEGIN')
      for (let parts = 1 + below(3); parts > 0; parts--) marks.push(...(await part(client)))
      const end = random()
      if (end < 0.25) await client.query('ROLLBACK')
      else if (end < 0.3) await client.query('SELECT pg_terminate_backend(pg_backend_pid())')
      else {
        fate = 'unknown'
        const { command } = await client.query('COMMIT')
        fate = command === 'COMMIT' ? 'committed' : 'undone'
      }
    } catch {
      broken = true
    } finally {
      client.off('error', ignore)
      client.release(broken)
      attempts.push({ marks, fate })
    }
  }

  for (let round = 0; round < ROUNDS; round++) {
    const kind = random()
    // A server that restarts refuses connections: then nothing has been appended.
    if (kind < 0.7) await transaction().catch(ignore)
    else await append(kind < 0.85 ? direct : cut)
  }
  return attempts
}

function ignore(): void {}
