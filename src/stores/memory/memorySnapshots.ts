import type { Snapshot } from '../../../operators/model/snapshot.ts'
import { withMark } from '../../../operators/model/snapshot.ts'
import type { LeaseClaim } from '../../../operators/ports/leases.ts'
import type { LoadOptions, SaveSnapshotOptions, SnapshotStore } from '../../../operators/ports/snapshots.ts'
import { checkLoadOptions, checkSaveOptions, checkSnapshot, checkSnapshotKey } from '../support/checkArguments.ts'
import { encodeState } from '../support/encodeState.ts'
import { decodeMark, encodeMark } from '../support/marks.ts'

interface StoredSnapshot {
  readonly offset: number
  /** JSON text, so that the store holds its own copy and each load returns a new object. */
  readonly state: string
  readonly mark: string | null
}

/**
 * Creates a snapshot store in memory. It keeps only the latest snapshot of each key, because text in memory cannot get corrupted.
 */
export function memorySnapshots(
  checkOpen: () => void,
  checkLease: (claim: LeaseClaim | undefined) => void,
): SnapshotStore {
  const stored = new Map<string, StoredSnapshot>()
  return {
    load(name: string, version: number, options?: LoadOptions): Snapshot<unknown> | undefined {
      checkOpen()
      checkSnapshotKey(name, version)
      checkLoadOptions(options)
      const snapshot = stored.get(keyOf(name, version))
      if (snapshot === undefined) return undefined
      return withMark({ offset: snapshot.offset, state: JSON.parse(snapshot.state) }, decodeMark(snapshot.mark))
    },
    save(name: string, version: number, snapshot: Snapshot<unknown>, options?: SaveSnapshotOptions): void {
      checkOpen()
      checkSnapshotKey(name, version)
      checkSnapshot(snapshot)
      checkSaveOptions(options)
      const { offset, state, mark } = snapshot
      const text = encodeState(name, state)
      checkLease(options?.lease)
      const key = keyOf(name, version)
      if (offset < (stored.get(key)?.offset ?? 0)) return
      stored.set(key, { offset, state: text, mark: encodeMark(mark) })
    },
    delete(name: string, version: number): void {
      checkOpen()
      checkSnapshotKey(name, version)
      stored.delete(keyOf(name, version))
    },
  }
}

/** The key starts with the number and a space, so two keys never collide, whatever the name contains. */
function keyOf(name: string, version: number): string {
  return `${version} ${name}`
}
