import type { Snapshot, SnapshotStore } from 'rx-projection'
import { Later } from '../../runtime/support/Later.ts'
import type { VirtualTime } from '../../runtime/support/VirtualTime.ts'
import type { SaveOutcome } from './arbitraries.ts'
import type { Script } from './Script.ts'

/**
 * A place for snapshots as one process sees it: saves take their time and fail as the script says. When the process dies,
 * what it was saving lands or does not, and nothing that it tries later does.
 */
export class ProcessSnapshots implements SnapshotStore {
  private dead = false
  private lands = false
  private readonly time: VirtualTime
  private readonly disk: SnapshotStore
  private readonly script: Script<SaveOutcome>
  private readonly loadFails: () => boolean

  constructor(time: VirtualTime, disk: SnapshotStore, script: Script<SaveOutcome>, loadFails: () => boolean) {
    this.time = time
    this.disk = disk
    this.script = script
    this.loadFails = loadFails
  }

  load(name: string, version: number): ReturnType<SnapshotStore['load']> {
    if (this.loadFails()) throw new Error('the load fails')
    return this.disk.load(name, version)
  }

  save(name: string, version: number, snapshot: Snapshot<unknown>): ReturnType<SnapshotStore['save']> {
    if (this.dead) throw new Error('the process is dead')
    const { takes, fails } = this.script.next() ?? { takes: 0, fails: false }
    const end = (): void => {
      if (fails) throw new Error('the save fails')
      if (!this.dead || this.lands) this.disk.save(name, version, snapshot)
    }
    return takes === 0 ? end() : Later.after(this.time, takes, end)
  }

  delete(name: string, version: number): ReturnType<SnapshotStore['delete']> {
    return this.disk.delete(name, version)
  }

  die(lands: boolean): void {
    this.dead = true
    this.lands = lands
  }
}

/** A disk that fails a test when a stored snapshot goes back, or is not the state after its offset. */
export function watchedDisk(
  disk: SnapshotStore,
  expectedAt: (offset: number) => readonly number[],
  fail: (why: string) => void,
): SnapshotStore {
  const stored = new Map<string, number>()
  return {
    load: (...key) => disk.load(...key),
    delete: (...key) => disk.delete(...key),
    save(name, version, snapshot) {
      const saved = disk.save(name, version, snapshot)
      const now = disk.load(name, version) as Snapshot<readonly number[]>
      const before = stored.get(name) ?? 0
      if (now.offset < before) fail(`the stored snapshot went back from ${before} to ${now.offset}`)
      stored.set(name, now.offset)
      if (String(now.state) !== String(expectedAt(now.offset))) {
        fail(`the snapshot stored at ${now.offset} is [${now.state}]`)
      }
      return saved
    },
  }
}
