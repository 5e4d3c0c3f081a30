import { asyncScheduler, type SchedulerLike, Subject } from 'rxjs'
import { completedSynchronously, type Outcome } from '../kernel/completedSynchronously.ts'
import { reportUnhandled } from '../kernel/reportUnhandled.ts'
import type { Snapshot } from '../model/snapshot.ts'
import { type RestOptions, SaveRest } from './SaveRest.ts'

/** Makes a snapshot durable. Returns nothing, or a promise or an observable that completes when the snapshot is durable. */
export type SaveSnapshot<State> = (snapshot: Snapshot<State>) => Outcome

/** Receives the error of a failed save, and the snapshot of that save. */
export type OnSaveError<State> = (error: unknown, snapshot: Snapshot<State>) => void

/** A snapshot to save. Its offset was read once: a foreign object may return another value the second time. */
export interface Unsaved<State> {
  readonly offset: number
  readonly snapshot: Snapshot<State>
}

/** Describes a failed save. */
export interface Failure {
  readonly error: unknown
}

/** A user of a saver: it is notified of the result of every save. */
export interface SaverUser {
  /** A save of a snapshot with this offset has begun. */
  taken(offset: number): void
  /** The save in flight has ended: its events are durable, or count again. Called before any other callback. */
  ended(saved: boolean): void
  /** A save that is due may begin. `retry`: a failed save is due again, whatever the counts are. */
  resume(retry: boolean): void
}

/**
 * Saves snapshots, one at a time, for any number of users. It knows which snapshot is durable and which is in flight. Its users
 * know which save is due, and when.
 */
export class SnapshotSaver<State> {
  /** The last offset that is durable; -1 before the first. */
  durable = -1
  readonly saved: Subject<Snapshot<State>> = new Subject()
  /** The offset that is being saved. */
  #inFlight: number | undefined
  /** The offset up to which a last save has failed: no user tries the same one again. */
  #givenUp: number | undefined
  #waiting: (() => void)[] = []
  readonly #rest: SaveRest
  readonly #users = new Set<SaverUser>()
  readonly #save: SaveSnapshot<State>
  readonly #onError: OnSaveError<State> | undefined

  constructor(
    save: SaveSnapshot<State>,
    onError?: OnSaveError<State>,
    rest: RestOptions = {},
    scheduler: SchedulerLike = asyncScheduler,
  ) {
    this.#save = save
    this.#onError = onError
    this.#rest = new SaveRest(rest, scheduler, (retry) => {
      for (const user of this.#users) user.resume(retry)
    })
  }

  /** The offset up to which everything is durable or in flight. */
  get mark(): number {
    return this.#inFlight === undefined ? this.durable : Math.max(this.durable, this.#inFlight)
  }

  /** Whether a save that is due may begin now. */
  get free(): boolean {
    return this.#inFlight === undefined && !this.#rest.on
  }

  attach(user: SaverUser): () => void {
    if (this.#users.size === 0) this.#rest.awaited(true)
    this.#users.add(user)
    return () => {
      this.#users.delete(user)
      if (this.#users.size === 0) this.#rest.awaited(false)
    }
  }

  /** Begins to save a snapshot; no save may be in flight. `ended` receives the failure, if there is one. */
  take({ offset, snapshot }: Unsaved<State>, onError?: OnSaveError<State>, ended?: (failure?: Failure) => void): void {
    this.#inFlight = offset
    for (const user of this.#users) user.taken(offset)
    // Small saves are faster than reading a clock twice, so the clock is read only if a rest depends on it.
    const now = this.#rest.clock
    const begun = now?.() ?? 0
    const succeed = (): void => {
      this.durable = Math.max(this.durable, offset)
      this.#inFlight = undefined
      if (now !== undefined) this.#rest.saved(now() - begun)
      for (const user of this.#users) user.ended(true)
      if (this.saved.observed) this.saved.next(snapshot)
      ended?.()
      this.#resume()
    }
    const fail = (error: unknown): void => {
      this.#inFlight = undefined
      this.#rest.failed((now?.() ?? 0) - begun, error)
      for (const user of this.#users) user.ended(false)
      this.#report(error, snapshot, onError)
      ended?.({ error })
      this.#resume()
    }
    let outcome: Outcome
    try {
      outcome = this.#save(snapshot)
    } catch (error) {
      fail(error)
      return
    }
    if (completedSynchronously(outcome, succeed, fail)) succeed()
  }

  /**
   * Ends with a last save. It works like `flush`, but does not retry a last save that has already failed. So if users that
   * share a writer end together, only one tries.
   */
  flushLast(newest: () => Unsaved<State> | undefined, onError: OnSaveError<State> | undefined, done: () => void): void {
    let tried: number | undefined
    const untried = (): Unsaved<State> | undefined => {
      const unsaved = newest()
      if (unsaved === undefined || unsaved.offset === this.#givenUp) return undefined
      tried = unsaved.offset
      return unsaved
    }
    this.flush(untried, onError, (failure) => {
      if (failure !== undefined) this.#givenUp = tried
      done()
    })
  }

  /** Waits for the save in flight, then saves the newest snapshot if it is not durable yet, then calls `done`. */
  flush(
    newest: () => Unsaved<State> | undefined,
    onError: OnSaveError<State> | undefined,
    done: (failure?: Failure) => void,
  ): void {
    if (this.#inFlight !== undefined) {
      this.#waiting.push(() => this.flush(newest, onError, done))
      return
    }
    const unsaved = newest()
    if (unsaved === undefined || unsaved.offset <= this.durable) done()
    else this.take(unsaved, onError, done)
  }

  #report(error: unknown, snapshot: Snapshot<State>, onError: OnSaveError<State> | undefined): void {
    if (!this.#onError && !onError) reportUnhandled(error)
    try {
      this.#onError?.(error, snapshot)
    } catch (thrown) {
      reportUnhandled(thrown)
    }
    onError?.(error, snapshot)
  }

  #resume(): void {
    const waiting = this.#waiting
    if (waiting.length > 0) {
      this.#waiting = []
      for (const next of waiting) next()
    }
    for (const user of this.#users) user.resume(false)
  }
}
