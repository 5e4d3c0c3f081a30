import { asyncScheduler, type SchedulerLike, Subject, type Subscription } from 'rxjs'
import type { Snapshot } from '../model/snapshot.ts'
import { MAX_DELAY } from './arguments.ts'
import { clockOf } from './clock.ts'
import { doneNow, type Outcome } from './doneNow.ts'
import { reportUnhandled } from './reportUnhandled.ts'

/** Makes a snapshot durable. Returns nothing, or a promise or an observable that says when it is. */
export type SaveSnapshot<State> = (snapshot: Snapshot<State>) => Outcome

/** Told of a save that failed, and of the snapshot that it was to save. */
export type OnSaveError<State> = (error: unknown, snapshot: Snapshot<State>) => void

/** What went wrong with a save. */
export interface Failure {
  readonly error: unknown
}

/** Who saves through a saver, and is told what becomes of all its saves. */
export interface SaverUser {
  /** A snapshot up to this offset was taken and is being saved. */
  taken(offset: number): void
  /** The save in flight has ended: what it took is durable, or counts again. Told before anybody else hears of it. */
  ended(saved: boolean): void
  /** A save that is due may begin. */
  goOn(): void
}

/**
 * Saves snapshots, one at a time, for any number of users. It knows what is durable and what is in flight; what is due, and
 * when, its users know.
 */
export class SnapshotSaver<State> {
  /** The last offset that is durable; -1 before the first. */
  durable = -1
  readonly saved: Subject<Snapshot<State>> = new Subject()
  #inFlight: Snapshot<State> | undefined
  #rest: Subscription | undefined
  #waiting: (() => void)[] = []
  readonly #users = new Set<SaverUser>()
  readonly #save: SaveSnapshot<State>
  readonly #onError: OnSaveError<State> | undefined
  readonly #restFor: ((duration: number) => number) | undefined
  readonly #scheduler: SchedulerLike

  constructor(
    save: SaveSnapshot<State>,
    onError?: OnSaveError<State>,
    restFor?: (duration: number) => number,
    scheduler: SchedulerLike = asyncScheduler,
  ) {
    this.#save = save
    this.#onError = onError
    this.#restFor = restFor
    this.#scheduler = scheduler
  }

  /** Up to where everything is durable or in flight. */
  get mark(): number {
    return this.#inFlight === undefined ? this.durable : Math.max(this.durable, this.#inFlight.offset)
  }

  /** Whether a save that is due may begin now. */
  get free(): boolean {
    return this.#inFlight === undefined && this.#rest === undefined
  }

  attach(user: SaverUser): () => void {
    this.#users.add(user)
    return () => {
      this.#users.delete(user)
      if (this.#users.size === 0) this.endRest()
    }
  }

  /** Begins to save a snapshot; nothing may be in flight. `ended` is told what went wrong, if anything. */
  take(snapshot: Snapshot<State>, onError?: OnSaveError<State>, ended?: (failure?: Failure) => void): void {
    this.#inFlight = snapshot
    for (const user of this.#users) user.taken(snapshot.offset)
    // Small saves are quicker than two looks at a clock: it is asked only where a rest depends on it.
    const now = this.#restFor && clockOf(this.#scheduler)
    const begun = now?.() ?? 0
    const succeed = (): void => {
      this.durable = Math.max(this.durable, snapshot.offset)
      this.#inFlight = undefined
      if (now !== undefined) this.#beginRest(now() - begun)
      for (const user of this.#users) user.ended(true)
      if (this.saved.observed) this.saved.next(snapshot)
      ended?.()
      this.#goOn()
    }
    const fail = (error: unknown): void => {
      this.#inFlight = undefined
      for (const user of this.#users) user.ended(false)
      this.#report(error, snapshot, onError)
      ended?.({ error })
      this.#goOn()
    }
    let outcome: Outcome
    try {
      outcome = this.#save(snapshot)
    } catch (error) {
      fail(error)
      return
    }
    if (doneNow(outcome, succeed, fail)) succeed()
  }

  /** Waits for the save in flight, then saves what is newest and not yet durable, then calls `done`. */
  flush(
    newest: () => Snapshot<State> | undefined,
    onError: OnSaveError<State> | undefined,
    done: (failure?: Failure) => void,
  ): void {
    if (this.#inFlight !== undefined) {
      this.#waiting.push(() => this.flush(newest, onError, done))
      return
    }
    const snapshot = newest()
    if (snapshot === undefined || snapshot.offset <= this.durable) done()
    else this.take(snapshot, onError, done)
  }

  /** Ends a rest: what is due may begin at once. */
  endRest(): void {
    if (this.#rest === undefined) return
    this.#rest.unsubscribe()
    this.#rest = undefined
    for (const user of this.#users) user.goOn()
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

  #beginRest(duration: number): void {
    // A save that did not wait for the rest before it begins a new one.
    this.#rest?.unsubscribe()
    this.#rest = undefined
    let wait = 0
    try {
      wait = Math.min(this.#restFor?.(duration) ?? 0, MAX_DELAY)
    } catch (thrown) {
      reportUnhandled(thrown)
    }
    if (wait > 0 && this.#users.size > 0) this.#rest = this.#scheduler.schedule(() => this.endRest(), wait)
  }

  #goOn(): void {
    const waiting = this.#waiting
    if (waiting.length > 0) {
      this.#waiting = []
      for (const next of waiting) next()
    }
    for (const user of this.#users) user.goOn()
  }
}
