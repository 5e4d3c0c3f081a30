// Runs in a browser, on the page and in a worker: a whole projection composed by hand from the operators.
import {
  defineProjection,
  ensureSequential,
  followLog,
  hydrate,
  initialSnapshot,
  type LogPage,
  type ReadOptions,
  retryWithJitter,
  type Snapshot,
  scanProjection,
  snapshotAfter,
  snapshotEvery,
  snapshotWriter,
} from 'rx-projection/operators'
import { take, tap, toArray } from 'rxjs'

type Sale = { type: 'Sold'; payload: number }

const total = defineProjection<number, Sale>({
  name: 'total',
  initialState: () => 0,
  on: { Sold: (sum, { payload }) => sum + payload },
})

const log = Array.from({ length: 1_000 }, (_, index) => ({
  id: index + 1,
  stream: 'shop',
  type: 'Sold' as const,
  payload: 1,
}))
const events = {
  read: ({ after, limit }: ReadOptions): LogPage<Sale> => {
    const page = log.slice(after, after + limit)
    return { events: page, through: page.at(-1)?.id ?? after, head: log.length }
  },
}

let stored: Snapshot<number> | undefined
let failures = 0
const writer = snapshotWriter<number>((snapshot) => {
  stored = snapshot
})

hydrate(
  () => stored ?? initialSnapshot(total),
  (snapshot) =>
    followLog({ events }, { after: snapshot.offset, pageSize: 100 }).pipe(
      ensureSequential({ after: snapshot.offset }),
      scanProjection(total, snapshot),
      snapshotEvery(100, writer),
      snapshotAfter(1_000, writer),
      tap(({ offset }) => {
        if (offset !== 500 || failures > 0) return
        failures++
        throw new Error('once, in the middle')
      }),
    ),
)
  .pipe(retryWithJitter({ delay: 1, entropy: 2 }), take(10), toArray())
  .subscribe({
    next: (snapshots) => {
      const { offset, state } = snapshots.at(-1)!
      say({ offset, state, failures })
    },
    error: (error: unknown) => say({ error: String(error) }),
  })

function say(result: unknown): void {
  const where = typeof document === 'undefined' ? 'worker' : 'page'
  void fetch(`/result/${where}`, { method: 'POST', body: JSON.stringify(result) })
}
