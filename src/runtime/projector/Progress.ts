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

/** Where the position of a projector is kept. */
export interface ProgressPlaces {
  readonly positions: PositionStore
  /** The name of the position. */
  readonly key: string
  /** Whether each position is saved with the mark of its event. */
  readonly marks: boolean
  /** How long answers are waited for. */
  readonly patience: Pick<Patience, 'load' | 'saved'>
}

/**
 * How far a projector is: the position that is stored, and the last event that was handled beyond it. What was handled outside of
 * a transaction is not undone when its save fails. So it is kept in mind until it is saved, by this run or by the next one
 * of the same process, which begins behind it: a save is tried again, a handler is not.
 */
export class Progress {
  readonly #places: ProgressPlaces
  /** The position that is stored, as far as this run knows. */
  #stored = 0
  /** The last event that was handled and whose position is not saved. */
  #owed: LogEvent | undefined
  /** The position that was stored when it was handled. */
  #from = 0
  /** The epoch that it was handled under. */
  #epoch: number | undefined

  constructor(places: ProgressPlaces) {
    this.#places = places
  }

  /** Whether something was handled whose position is not saved. */
  get owes(): boolean {
    return this.#owed !== undefined
  }

  /** Says that a run begins at a position, or that one is stored. */
  at(position: number): void {
    this.#stored = position
  }

  /** Says that an event was handled, and all before it, outside of any transaction. */
  handled(event: LogEvent, claim: LeaseClaim | undefined): void {
    this.#owed = event
    this.#from = this.#stored
    this.#epoch = claim?.epoch
  }

  /**
   * What is stored. Where something was handled beyond it, `save` is asked for before anything else. What somebody else has stored
   * meanwhile wins, and so does one who held the lease in between: then it is not known what was handled, and a reset must
   * not be undone.
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
        // A run that stops saves it by itself.
        return chain(save(), () => (this.#owed === undefined ? owed.id : stored))
      },
    )
  }

  /** The mark of the stored position, where the store keeps it. */
  loadMark(): MaybePromise<EventMark | undefined> {
    return this.#places.positions.loadMark?.(this.#places.key)
  }

  /** Saves the position of what was handled. */
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

  /** Moves the position from one event to another in a transaction, which commits it. */
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
    // An earlier save arrived, and its answer was lost. Otherwise somebody else has moved it: that is loaded, and wins.
    if (error.actual !== event.id) throw error
  }

  #heldByOthersBefore(claim: LeaseClaim | undefined): boolean {
    return claim !== undefined && this.#epoch !== undefined && claim.epoch > this.#epoch + 1
  }
}
