import type { MaybePromise } from '../model/projection.ts'
import type { Snapshot } from '../model/snapshot.ts'
import type { UndecodableSnapshotError } from './errors/UndecodableSnapshotError.ts'
import type { LeaseClaim } from './leases.ts'

/** Options of a load of a snapshot. */
export interface LoadOptions {
  /** Receives the error of each stored snapshot that cannot be decoded and is skipped. */
  readonly onUndecodable?: (error: UndecodableSnapshotError) => void
}

/** Options of a save of a snapshot. */
export interface SaveSnapshotOptions {
  /**
   * The lease under which the snapshot is saved. If the lease is lost, the save throws a `LeaseLostError`. The check is in the
   * same commit.
   */
  readonly lease?: LeaseClaim
}

/** Stores snapshots by name and version; the name of an instance is `name@instance`. */
export interface SnapshotStore {
  /** The newest snapshot that can be decoded, as fresh objects; `undefined` if there is none. */
  load(name: string, version: number, options?: LoadOptions): MaybePromise<Snapshot<unknown> | undefined>
  /**
   * Saves a snapshot. Its state is captured when the call returns. A snapshot with an earlier offset than the stored one
   * changes nothing. Throws or rejects with an `UnserializableError` for a state that JSON would change.
   */
  save(name: string, version: number, snapshot: Snapshot<unknown>, options?: SaveSnapshotOptions): MaybePromise<void>
  /** Deletes all snapshots of a name and version. */
  delete(name: string, version: number): MaybePromise<void>
}
