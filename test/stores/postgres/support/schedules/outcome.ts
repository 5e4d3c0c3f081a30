import { isDeepStrictEqual } from 'node:util'
import type pg from 'pg'
import { initialSnapshot, type Recorded, replay } from 'rx-projection'
import type { PostgresStore } from 'rx-projection/postgres'
import type { Attempt } from './appends.ts'
import { type Finished, type Marked, marks, type WorkOptions } from './work.ts'

/** What has come of a schedule. */
export interface Outcome {
  readonly pool: pg.Pool
  readonly direct: PostgresStore<Marked>
  readonly options: WorkOptions
  readonly attempts: readonly Attempt[]
  readonly finished: Finished
}

interface Row {
  readonly position: number
  readonly stream: string
  readonly revision: number
  readonly mark: string
}

/** @throws where the log, the projection's state or the projector's table is not what the appends have made of it. */
export async function expectExactlyOnce({ pool, direct, options, attempts, finished }: Outcome): Promise<void> {
  const { schema, streams } = options
  const { rows } = await pool.query<Row>(
    `SELECT position::int, stream, revision::int, payload#>>'{}' AS mark FROM ${schema}.events ORDER BY position`,
  )
  expectAppended(rows, attempts)
  const log = await readAll(direct)
  expectSame(
    'the log, as it is read',
    log.map(({ id, payload }) => [id, payload]),
    rows.map(({ position, mark }) => [position, mark]),
  )
  const own = log.filter(({ stream }) => streams === undefined || streams.includes(stream))
  const fold = (offset: number) =>
    replay(marks, initialSnapshot(marks), unlinked(own.filter(({ id }) => id <= offset))).state
  expectSame("the projection's state", finished.state, fold(Infinity))
  const snapshot = await direct.snapshots.load(marks.name, marks.version)
  const offset = finished.saved ? Infinity : (snapshot?.offset ?? 0)
  expectSame("the projection's snapshot", snapshot?.state ?? [], fold(offset))
  const ledger = await pool.query(
    `SELECT event::int, mark, epoch::int, lease_epoch::int FROM ${schema}.ledger ORDER BY place`,
  )
  expectSame(
    "the projector's table",
    ledger.rows.map(({ event, mark }) => [event, mark]),
    own.map(({ id, payload }) => [id, payload]),
  )
  const fenced = ledger.rows.filter(({ epoch, lease_epoch: held }) => epoch !== held)
  expectSame('what was written under a lease that was lost', fenced, [])
}

/** What was told to be stored is, what was refused is not; the rest is there wholly or not at all. */
function expectAppended(rows: readonly Row[], attempts: readonly Attempt[]): void {
  const stored = new Set(rows.map(({ mark }) => mark))
  expectSame('what is there twice', stored.size, rows.length)
  const expected = new Set<string>()
  for (const attempt of attempts) {
    const present = attempt.marks.filter((mark) => stored.has(mark))
    const all = fateIsAll(attempt, present.length)
    expectSame(`an append that is ${attempt.fate}`, present, all ? attempt.marks : [])
    if (all) for (const mark of attempt.marks) expected.add(mark)
  }
  expectSame(
    'what nobody appended',
    [...stored].filter((mark) => !expected.has(mark)),
    [],
  )
  const revisions = new Map<string, number>()
  for (const { stream, revision } of rows) {
    expectSame(`the revision in ${stream}`, revision, (revisions.get(stream) ?? 0) + 1)
    revisions.set(stream, revision)
  }
}

function fateIsAll({ fate }: Attempt, present: number): boolean {
  return fate === 'committed' || (fate === 'unknown' && present > 0)
}

async function readAll({ events }: PostgresStore<Marked>): Promise<readonly Recorded<Marked>[]> {
  const all: Recorded<Marked>[] = []
  for (let after = 0; ; ) {
    const page = await events.read({ after, limit: 7 })
    for (const event of page.events) {
      expectSame(`what is before event ${event.id}`, event.previous ?? event.id - 1, all.at(-1)?.id ?? 0)
      all.push(event)
    }
    if (page.through === page.head) return all
    if (page.through === after) throw new Error(`nobody appends any more, but the log stays undecided after ${after}`)
    after = page.through
  }
}

/** Events as a fold takes them that looks at nothing but their order. */
function unlinked(log: readonly Recorded<Marked>[]): readonly Recorded<Marked>[] {
  return log.map(({ previous: _, ...event }) => event)
}

function expectSame(what: string, actual: unknown, expected: unknown): void {
  if (isDeepStrictEqual(actual, expected)) return
  throw new Error(`${what}: ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`)
}
