import type { EventMark } from '../../../operators/model/mark.ts'
import type { Snapshot } from '../../../operators/model/snapshot.ts'
import { withMark } from '../../../operators/model/snapshot.ts'
import { LeaseLostError } from '../../../operators/ports/errors/LeaseLostError.ts'
import { UndecodableSnapshotError } from '../../../operators/ports/errors/UndecodableSnapshotError.ts'
import type { LoadOptions, SnapshotStore } from '../../../operators/ports/snapshots.ts'
import { checkLoadOptions, checkSaveOptions, checkSnapshot, checkSnapshotKey } from '../support/checkArguments.ts'
import { encodeState } from '../support/encodeState.ts'
import type { Bucket, Change, Entry } from './Bucket.ts'
import type { Content, Contents } from './Contents.ts'
import { encodeName } from './names.ts'

/** A kept snapshot: where its state lies. */
interface Kept extends Content {
  readonly offset: number
  /** Absent in what older versions stored. */
  readonly mark?: EventMark
}

/**
 * Makes a place for snapshots. A state is stored first, under a key of its own; then one change of the list of kept
 * snapshots, newest first, makes it one of them. So a list never names a state that is half there.
 */
export function natsSnapshots(bucket: Bucket, contents: Contents, keep: number): SnapshotStore {
  async function list(name: string, version: number): Promise<readonly Kept[]> {
    return keptOf((await bucket.get(listKey(name, version))).text)
  }

  async function load(name: string, version: number, options?: LoadOptions): Promise<Snapshot<unknown> | undefined> {
    const key = stateKey(name, version)
    const undecodable = new Set<string>()
    let kept = await list(name, version)
    for (;;) {
      const next = kept.find(({ id }) => !undecodable.has(id))
      if (next === undefined) return undefined
      const text = await contents.get(key, next)
      let cause: unknown = text
      if (!(text instanceof Error)) {
        try {
          const { offset, mark } = next
          return withMark({ offset, state: JSON.parse(text) }, mark)
        } catch (error) {
          cause = error
        }
      }
      // It may have been replaced while it was read.
      kept = await list(name, version)
      if (!kept.some(({ id }) => id === next.id)) continue
      undecodable.add(next.id)
      const { offset } = next
      options?.onUndecodable?.(new UndecodableSnapshotError({ projection: name, version, offset, cause }))
    }
  }

  return {
    async load(name, version, options) {
      checkSnapshotKey(name, version)
      checkLoadOptions(options)
      return load(name, version, options)
    },
    async save(name, version, snapshot, options) {
      checkSnapshotKey(name, version)
      checkSnapshot(snapshot)
      checkSaveOptions(options)
      const { offset, state } = snapshot
      // Captured now: what the caller changes later is not saved.
      const mark = snapshot.mark && { ...snapshot.mark }
      const text = encodeState(name, state)
      const key = stateKey(name, version)
      const [newest] = await list(name, version)
      if (newest !== undefined && offset < newest.offset) return
      const content = await contents.put(key, text, name)
      let dropped: readonly Content[] = []
      const change = (entry: Entry): Change => {
        const before = keptOf(entry.text)
        // An earlier try was stored, and somebody has saved behind it.
        const isStored = before.some(({ id }) => id === content.id)
        const isOld = before.some((one) => one.offset > offset)
        dropped = isOld && !isStored ? [content] : []
        if (isOld || isStored) return undefined
        const kept = [
          { offset, ...content, ...(mark && { mark }) },
          ...before.filter((one) => one.offset < offset),
        ].slice(0, keep)
        dropped = before.filter(({ id }) => !kept.some((one) => one.id === id))
        return JSON.stringify(kept)
      }
      try {
        await bucket.change(listKey(name, version), change, { lease: options?.lease })
      } catch (error) {
        // Of any other failure it is unknown whether the list names the state.
        if (error instanceof LeaseLostError) await contents.delete(key, content)
        throw error
      }
      for (const one of dropped) await contents.delete(key, one)
    },
    async delete(name, version) {
      checkSnapshotKey(name, version)
      let dropped: readonly Content[] = []
      await bucket.change(listKey(name, version), ({ text }) => {
        dropped = keptOf(text)
        return text === undefined ? undefined : null
      })
      for (const one of dropped) if (one.object === true) await contents.delete(stateKey(name, version), one)
      await bucket.purge(`${stateKey(name, version)}.*`)
    },
  }
}

function listKey(name: string, version: number): string {
  return `s.${encodeName(name)}.${version}`
}

function stateKey(name: string, version: number): string {
  return `c.${encodeName(name)}.${version}`
}

function keptOf(text: string | undefined): readonly Kept[] {
  return text === undefined ? [] : (JSON.parse(text) as readonly Kept[])
}
