import type { EventReader, ProjectedSnapshot, SnapshotStore } from 'rx-projection'
import {
  ensureSequential,
  followLog,
  hydrate,
  lastSnapshot,
  retryWithJitter,
  scanProjection,
  snapshotAfter,
  snapshotEvery,
  snapshotWriter,
} from 'rx-projection/operators'
import type { Observable } from 'rxjs'
import { type Balances, balances } from './balances.ts'

/** What `startProjection(balances, { store })` runs, put together by hand: every part of it can be left out or replaced. */
export function balancesByHand(store: {
  readonly events: EventReader
  readonly snapshots: SnapshotStore
}): Observable<ProjectedSnapshot<Balances>> {
  const writer = snapshotWriter<Balances>((snapshot) => store.snapshots.save('balances', 1, snapshot))
  return hydrate(lastSnapshot(store, balances), (snapshot) =>
    followLog(store, { after: snapshot.offset }).pipe(
      ensureSequential({ after: snapshot.offset }),
      scanProjection(balances, snapshot),
      snapshotEvery(100, writer),
      snapshotAfter(30_000, writer),
    ),
  ).pipe(retryWithJitter({ delay: 1_000, entropy: 500 }))
}
