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

/** The pipeline of `startProjection(balances, { store })`, written out: you can omit or replace every part of it. */
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
