import { HandlerError } from './errors/HandlerError.ts'
import { StaleEventError } from './errors/StaleEventError.ts'
import { UnknownEventError } from './errors/UnknownEventError.ts'
import type { LogEvent } from './event.ts'
import { freezeDeeply } from './freeze.ts'
import { isPromiseLike } from './maybePromise.ts'
import type { AnyProjection, FoldOptions, MaybePromise } from './projection.ts'
import type { ProjectedSnapshot, Snapshot } from './snapshot.ts'

type StateHandler<State> = (state: State, event: LogEvent) => MaybePromise<State>

/**
 * The progress of a fold through a log: its offset and state, and the number of events it folded since its last snapshot.
 *
 * Synchronous handlers run in one loop over a page, on local variables. When a handler returns a promise, `take` stops after
 * its event with the promise in `pending`. `settle` then moves past the event, and `take` continues.
 */
export class FoldCursor<State> {
  offset: number
  state: State
  /** The promise of the last event's handler, until it settles. */
  pending: PromiseLike<State> | undefined
  #events = 0
  #last: number
  /** The position of the event whose promise is pending. */
  #pendingId = 0
  readonly #projection: AnyProjection<State>
  readonly #strict: boolean
  readonly #onIgnored: ((event: LogEvent) => void) | undefined
  readonly #freeze: boolean
  readonly #watch: FoldOptions['watch']

  constructor(
    projection: AnyProjection<State>,
    from: Snapshot<State>,
    { strict = true, onIgnored, freeze = false, watch }: FoldOptions = {},
  ) {
    this.#projection = projection
    this.offset = this.#last = from.offset
    this.state = from.state
    this.#strict = strict
    this.#onIgnored = onIgnored
    this.#freeze = freeze
    this.#watch = watch
    if (freeze) freezeDeeply(from.state)
  }

  /** Whether the cursor has passed an event since the last snapshot. Ignored events count. */
  get moved(): boolean {
    return this.offset > this.#last
  }

  /** The current snapshot; counting starts again after it. */
  snapshot(): ProjectedSnapshot<State> {
    const { offset, state } = this,
      events = this.#events
    this.#events = 0
    this.#last = offset
    return { offset, state, events }
  }

  /**
   * Folds a page from an index, up to its end or to the first promise. Returns the index after the last folded event. If it
   * throws, all events before the failing event remain folded.
   */
  take(page: readonly LogEvent[], from: number): number {
    const { handlerOf, name } = this.#projection
    let { state, offset } = this,
      events = this.#events
    let index = from
    // A string from the start: if it were `undefined` at first, each comparison of types would be slow.
    let type = ''
    let handler = handlerOf(type)
    try {
      for (; index < page.length; index++) {
        const event = page[index]!
        // Each field is read once: a foreign event may return something else the second time.
        const id = (event as LogEvent | null | undefined)?.id as number
        if (!(id > offset)) throw new StaleEventError(event, offset)
        const { type: ofEvent } = event
        if (ofEvent !== type) {
          type = ofEvent
          handler = handlerOf(type)
        }
        if (typeof handler === 'function') {
          let next: MaybePromise<State>
          let isPromise: boolean
          try {
            if (this.#freeze) freezeDeeply(event)
            next = (handler as StateHandler<State>)(state, event)
            if (this.#freeze) freezeDeeply(next)
            isPromise = isPromiseLike(next)
          } catch (cause) {
            throw new HandlerError({ event, projection: name, cause })
          }
          if (isPromise) {
            this.pending = next as PromiseLike<State>
            this.#pendingId = id
            return index + 1
          }
          if (next === undefined) throw this.#nothingReturned(event)
          state = next as State
          events++
        } else if (handler === undefined) {
          this.#passOver(event)
        }
        offset = id
      }
      return index
    } finally {
      this.state = state
      this.offset = offset
      this.#events = events
    }
  }

  /** Folds one event. Afterwards, `pending` says whether the event waits for a promise. */
  takeOne(event: LogEvent): void {
    const id = (event as LogEvent | null | undefined)?.id as number
    if (!(id > this.offset)) throw new StaleEventError(event, this.offset)
    const handler = this.#projection.handlerOf(event.type)
    if (typeof handler === 'function') {
      let next: MaybePromise<State>
      let isPromise: boolean
      try {
        if (this.#freeze) freezeDeeply(event)
        next = (handler as StateHandler<State>)(this.state, event)
        if (this.#freeze) freezeDeeply(next)
        isPromise = isPromiseLike(next)
      } catch (cause) {
        throw new HandlerError({ event, projection: this.#projection.name, cause })
      }
      if (isPromise) {
        this.pending = next as PromiseLike<State>
        this.#pendingId = id
        return
      }
      if (next === undefined) throw this.#nothingReturned(event)
      this.state = next as State
      this.#events++
    } else if (handler === undefined) {
      this.#passOver(event)
    }
    this.offset = id
  }

  /** Waits for the pending promise, that of `event`, and folds its result. */
  async settle(event: LogEvent): Promise<void> {
    const { pending } = this
    let next: State | undefined
    try {
      next = (await (this.#watch === undefined ? pending : this.#watch(event, pending!))) as State
      if (this.#freeze) freezeDeeply(next)
    } catch (cause) {
      throw new HandlerError({ event, projection: this.#projection.name, cause })
    } finally {
      this.pending = undefined
    }
    if (next === undefined) throw this.#nothingReturned(event)
    this.state = next
    this.#events++
    this.offset = this.#pendingId
  }

  /** A handler that returns nothing has most likely changed the state in place, or lacks its `return`. */
  #nothingReturned(event: LogEvent): HandlerError {
    const cause = new TypeError('the handler returned undefined instead of the next state')
    return new HandlerError({ event, projection: this.#projection.name, cause })
  }

  #passOver(event: LogEvent): void {
    if (this.#strict) throw new UnknownEventError(event, this.#projection.name)
    this.#onIgnored?.(event)
  }
}

/**
 * Folds a page to its end, also across promises. Returns `undefined` if all of it was synchronous. After each awaited handler,
 * `stopped` is checked: if it returns `true`, the rest of the page is not folded.
 */
export function foldPage<State>(
  cursor: FoldCursor<State>,
  page: readonly LogEvent[],
  stopped: () => boolean = never,
): undefined | Promise<void> {
  const index = cursor.take(page, 0)
  return cursor.pending === undefined ? undefined : foldRest(cursor, page, index, stopped)
}

async function foldRest<State>(
  cursor: FoldCursor<State>,
  page: readonly LogEvent[],
  from: number,
  stopped: () => boolean,
): Promise<void> {
  let index = from
  while (cursor.pending !== undefined) {
    await cursor.settle(page[index - 1]!)
    if (stopped()) return
    index = cursor.take(page, index)
  }
}

function never(): boolean {
  return false
}
