import type { MaybePromise, Snapshot, SnapshotStore } from 'rx-projection'

/** A place for snapshots whose saves a test can look at, delay and break. */
export interface WatchedSnapshots {
  readonly snapshots: SnapshotStore
  /** The offsets that `save` was called with. */
  readonly began: number[]
  /** The offsets that were saved. */
  readonly saved: number[]
}

/** Puts `how` around the saves of a place for snapshots: it may throw, or wait before it calls `go`. */
export function watchSaves(
  snapshots: SnapshotStore,
  how: (go: () => void, offset: number) => MaybePromise<void> = (go) => go(),
): WatchedSnapshots {
  const began: number[] = []
  const saved: number[] = []
  return {
    began,
    saved,
    snapshots: {
      ...snapshots,
      save(name: string, version: number, snapshot: Snapshot<unknown>) {
        const { offset } = snapshot
        began.push(offset)
        return how(() => {
          snapshots.save(name, version, snapshot)
          saved.push(offset)
        }, offset)
      },
    },
  }
}
