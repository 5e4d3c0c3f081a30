import pg from 'pg'
import { test } from 'vitest'
import { SCHEDULES } from '../../support/schedules.ts'
import { describeOnOwnServer, type TestServer } from './support/onServer.ts'
import { type Ground, restarts, runSchedule } from './support/schedules/schedule.ts'

const AT_ONCE = 10

const seeds = Array.from({ length: SCHEDULES }, (_, index) => first() + index)

function first(): number {
  process.env.SEED ??= String(Math.floor(Math.random() * 1_000_000))
  return Number(process.env.SEED)
}

/** Runs schedules, some at the same time; throws the failure of the first that fails. */
async function runAll(on: TestServer, own: readonly number[], atOnce: number, ground: Partial<Ground>): Promise<void> {
  const pool = new pg.Pool({ connectionString: on.url, max: 60 })
  pool.on('error', () => undefined)
  const left = [...own]
  const failures: Error[] = []
  const runner = async (): Promise<void> => {
    for (let seed = left.shift(); seed !== undefined && failures.length === 0; seed = left.shift()) {
      try {
        await runSchedule(seed, { url: on.url, pool, ...ground })
      } catch (error) {
        failures.push(new Error(`the schedule of SEED=${seed} fails: ${(error as Error).message}`, { cause: error }))
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, runner))
  await pool.end()
  if (failures.length > 0) throw failures[0]!
}

const settings = ['max_connections=400', 'deadlock_timeout=20ms', 'autovacuum=off']

describeOnOwnServer(
  'random schedules of appends, workers and faults: all is handled exactly once, in order',
  (on) => {
    const own = seeds.filter((seed) => !restarts(seed))
    test('where connections, leases and processes end', { timeout: 300_000 }, () => runAll(on, own, AT_ONCE, {}))
  },
  ...settings,
)

describeOnOwnServer(
  'random schedules in which the server restarts as well: all is handled exactly once, in order',
  (on) => {
    const own = seeds.filter(restarts)
    const restart = async (how: 'fast' | 'immediate'): Promise<void> => {
      await on.server.stop(how)
      await on.server.start()
    }
    test('one after the other', { timeout: 300_000 }, () => runAll(on, own, 1, { restart }))
  },
  ...settings,
)
