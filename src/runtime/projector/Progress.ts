import { type EventMark, type LogEvent, type MaybePromise, markOf } from '../../../operators/model/index.ts'
import { chain, isPromiseLike } from '../../../operators/model/maybePromise.ts'
import {
  type LeaseClaim,
  PositionConflictError,
  type PositionStore,
  type SavePositionOptions,
} from '../../../operators/ports/index.ts'
import { lastAct } from '../../../operators/ports/lastAct.ts'
import type { Patience } from '../lifecycle/Patience.ts'

/** Where and how the position of a projector is saved. */
export interface ProgressPlaces {
  readonly positions: PositionStore
  /** The name of the position. */
  readonly key: string
  /** Whether each position is saved with the mark of its event. */
  readonly marks: boolean
  /** Limits how long to wait for the answers of the store. */
  readonly patience: Pick<Patience, 'load' | 'saved'>
}

/**
 * The progress of a projector: the stored position, and the last handled event after it. If the save of the position fails, the
 * effects of handlers outside a transaction stay. So this object remembers the event until this run, or the next one of the same
 * process, has saved its position. That run begins after the event: the save is retried, the handler is not.
 */
export class Progress {
  readonly #places: ProgressPlaces
  /** The stored position, as far as this run knows. */
  #stored = 0
  /** The last handled event whose position is not saved. */
  #owed: LogEvent | undefined
  /** The stored position at the time of that event. */
  #from = 0
  /** The epoch of the lease at the time of that event. */
  #epoch: number | undefined

  constructor(places: ProgressPlaces) {
    this.#places = places
  }

  /** Whether the position of a handled event is not saved. */
  get owes(): boolean {
    return this.#owed !== undefined
  }

  /** Notes the position at which a run begins, or that was just stored. */
  at(position: number): void {
    this.#stored = position
  }

  /** Notes that an event, and all before it, were handled outside a transaction. */
  handled(event: LogEvent, claim: LeaseClaim | undefined): void {
    this.#owed = event
    this.#from = this.#stored
    this.#epoch = claim?.epoch
  }

  /**
   * Loads the stored position. If an event after it was already handled, `save` runs first. If another process has moved the
   * position meanwhile, or has held the lease in between, its position wins: nobody knows how far that process got, and a reset
   * must not be undone.
   */
  load(claim: LeaseClaim | undefined, save: () => MaybePromise<unknown>): MaybePromise<number> {
    const { positions, key } = this.#places
    return chain(
      this.#places.patience.load(positions.load(key), `loading the position of ${JSON.stringify(key)}`),
      (stored) => {
        const owed = this.#owed
        if (owed === undefined) return stored
        if (stored !== this.#from || this.#heldByOthersBefore(claim)) {
          this.#owed = undefined
          return stored
        }
        // If the run is stopping, the stop saves it.
        return chain(save(), () => (this.#owed === undefined ? owed.id : stored))
      },
    )
  }

  /** The mark of the stored position, if the store keeps marks. */
  loadMark(): MaybePromise<EventMark | undefined> {
    return this.#places.positions.loadMark?.(this.#places.key)
  }

  /** Saves the position of the last handled event. */
  save(claim: LeaseClaim | undefined): MaybePromise<void> {
    const owed = this.#owed
    if (owed === undefined) return
    let saving: MaybePromise<void>
    try {
      const { patience, key } = this.#places
      const moved = this.#move(this.#places.positions, owed, this.#from, claim)
      saving = patience.saved(moved, `saving the position of ${JSON.stringify(key)}`)
    } catch (error) {
      this.#failed(error, owed)
      return
    }
    if (isPromiseLike(saving)) {
      return saving.then(
        () => this.#saved(owed),
        (error: unknown) => this.#failed(error, owed),
      )
    }
    this.#saved(owed)
  }

  /** Moves the position from one event to another within a transaction, which commits it. */
  moveIn(positions: PositionStore, event: LogEvent, claim: LeaseClaim | undefined): MaybePromise<void> {
    return this.#move(positions, event, this.#stored, claim, lastAct)
  }

  #move(
    positions: PositionStore,
    event: LogEvent,
    expected: number,
    lease: LeaseClaim | undefined,
    said: (options: SavePositionOptions) => SavePositionOptions = (options) => options,
  ): MaybePromise<void> {
    const { key, marks } = this.#places
    const options = { expected, ...(marks && { mark: markOf(event) }), ...(lease && { lease }) }
    return positions.save(key, event.id, said(options))
  }

  #saved(event: LogEvent): void {
    if (this.#owed === event) this.#owed = undefined
  }

  #failed(error: unknown, event: LogEvent): void {
    if (!(error instanceof PositionConflictError)) throw error
    this.#saved(event)
    // If the stored position is that of the event, an earlier save arrived and only its answer was lost. Otherwise another
    // process has moved the position: the next load reads it, and it wins.
    if (error.actual !== event.id) throw error
  }

  #heldByOthersBefore(claim: LeaseClaim | undefined): boolean {
    return claim !== undefined && this.#epoch !== undefined && claim.epoch > this.#epoch + 1
  }
}
