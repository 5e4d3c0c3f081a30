import type { PostgresStore } from 'rx-projection/postgres'
import { randomFrom } from '../randomWriter.ts'
import type { CuttingProxy, Ending } from './cuttingProxy.ts'
import type { Ground } from './schedule.ts'
import type { Marked, WorkOptions } from './work.ts'
import type { Workers } from './workers.ts'

/** What is disturbed, and by which seed. */
export interface Disturbed {
  readonly seed: number
  readonly ground: Ground
  readonly options: WorkOptions
  readonly direct: PostgresStore<Marked>
  /** What one of the appenders goes through. */
  readonly client: CuttingProxy
  readonly workers: Workers
}

const HOUR = 3_600_000
/** How much goes through between two faults, and before a cut, in bytes: an event is handled in about 1 000. */
const BYTES = 6_000

/** Starts a worker, and disturbs it and those that follow it, a few times, wherever they are. */
export async function disturb({ seed, ground, options, direct, client, workers }: Disturbed): Promise<void> {
  const random = randomFrom(seed + 11)
  const below = (limit: number): number => Math.floor(random() * limit)
  const how = (): Ending => (random() < 0.5 ? 'reset' : 'end')
  const { schema, exclusive } = options
  const { pool, restart } = ground
  const startNext = () => workers.startNext(random() < 0.06 ? 'in a process' : 'here')

  /** The time of a lease is over, and another holds it, before its holder knows. */
  async function steal(): Promise<void> {
    const name = random() < 0.7 ? 'ledger' : 'marks'
    await pool.query(`UPDATE ${schema}.leases SET until = '-infinity' WHERE name = $1`, [name])
    const lease = await direct.leases.acquire(name, { owner: 'a thief', ttl: HOUR })
    if (lease === undefined) return
    await workers.current.proxy.passed(below(BYTES))
    await direct.leases.release(lease)
  }

  const faults: readonly (() => unknown)[] = [
    () => workers.current.proxy.cutAfter(below(BYTES), how()),
    () => workers.current.proxy.cutAfter(below(BYTES), how()),
    () => void client.cutAfter(below(1_000), how()),
    async () => {
      workers.current.kill()
      await startNext()
    },
    // It stands still, another one begins, and it wakes up beside that.
    async () => {
      workers.current.proxy.frozen = true
      await startNext()
      await workers.current.proxy.passed(below(BYTES))
      workers.thaw()
    },
    startNext,
    () =>
      pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_locks
         WHERE locktype = 'advisory' AND classid = (hashtext($1)::bigint & 4294967295)::oid`,
        [`rx-leases:${schema}`],
      ),
    ...(exclusive ? [steal, steal] : []),
  ]

  await startNext()
  const restartAt = restart === undefined ? -1 : below(2)
  for (let count = 2 + below(3), fault = 0; fault < count; fault++) {
    await workers.current.proxy.passed(below(BYTES))
    if (fault === restartAt) await restart!(random() < 0.5 ? 'fast' : 'immediate')
    else await faults[below(faults.length)]!()
  }
}
