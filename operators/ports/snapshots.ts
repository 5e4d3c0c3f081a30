import type { MaybePromise } from '../model/projection.ts'
import type { Snapshot } from '../model/snapshot.ts'
import type { UndecodableSnapshotError } from './errors/UndecodableSnapshotError.ts'
import type { LeaseClaim } from './leases.ts'

/** What a load of a snapshot may be told. */
export interface LoadOptions {
  /** Told of each stored snapshot that cannot be decoded and is passed over. */
  readonly onUndecodable?: (error: UndecodableSnapshotError) => void
}

/** What a save of a snapshot may be held to. */
export interface SaveSnapshotOptions {
  /** The lease under which it is saved: one that is lost is a `LeaseLostError`, checked in the same commit. */
  readonly lease?: LeaseClaim
}

/** Where snapshots are kept, under name and version; an instance's name is `name@instance`. */
export interface SnapshotStore {
  /** The newest snapshot that can be decoded, as fresh objects; `undefined` where there is none. */
  load(name: string, version: number, options?: LoadOptions): MaybePromise<Snapshot<unknown> | undefined>
  /**
   * Keeps a snapshot: its state has been captured when the call returns. One with an earlier offset than the stored one
   * changes nothing. Throws or rejects with an `UnserializableError` for a state that JSON would change.
   */
  save(name: string, version: number, snapshot: Snapshot<unknown>, options?: SaveSnapshotOptions): MaybePromise<void>
  /** Forgets all snapshots of a name and version. */
  delete(name: string, version: number): MaybePromise<void>
}
