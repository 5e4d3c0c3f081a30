import type { OperatorFunction, Subscriber } from 'rxjs'
import { checkOptions, checkSignal, checkSwitch, startOf } from './kernel/arguments.ts'
import { InOrderStage } from './kernel/InOrderStage.ts'
import { operate } from './kernel/operate.ts'
import { checkProjection, checkSnapshot, FOLD } from './model/checkFold.ts'
import type { Decision, Failure } from './model/Decision.ts'
import { HandlerError } from './model/errors/HandlerError.ts'
import { isA } from './model/errors/isA.ts'
import type { LogEvent, OneOrMany } from './model/event.ts'
import { FoldCursor, foldPage } from './model/fold.ts'
import { checkKeys } from './model/keys.ts'
import { type EventMark, markOf } from './model/mark.ts'
import type { AnyProjection, FoldOptions } from './model/projection.ts'
import { initialSnapshot, type ProjectedSnapshot, type Snapshot } from './model/snapshot.ts'

/** Options of `scanProjection`. */
export interface ScanProjectionOptions extends FoldOptions {
  /** If aborted, the current asynchronous handler finishes, the folded snapshot is emitted, and the output completes. */
  readonly signal?: AbortSignal
  /**
   * Whether each snapshot has a `mark` that identifies the event at its offset, so that a reader that continues there can check
   * that the log is the same. Default: `false`.
   */
  readonly marks?: boolean
  /**
   * Decides how to react to a failure of a handler, where it happens.
   * @internal
   */
  readonly onFailure?: (failure: Failure) => Decision
}

/**
 * Folds events, or batches of events, into the state of a projection.
 *
 *     source:  --a----[bc]----d-|
 *     scanProjection(letters)
 *     output:  --A------C-----D-|     A = { offset: 1, state: 'a', events: 1 }, C = { offset: 3, state: 'abc', events: 2 }
 *
 * 1. Emits one {@link ProjectedSnapshot} for each event or batch: the offset, the state, and the number of events folded.
 * 2. Starts from `from`: a snapshot, or a function called at each subscription. Without `from`, it starts from the projection's
 *    initial state, made again at each subscription.
 * 3. Handlers that return promises run strictly one after the other; synchronous handlers stay synchronous. Input that arrives
 *    meanwhile waits in a queue; after `followLog` that is never more than the current page.
 * 4. If a handler throws or rejects, the output emits the snapshot of all events before it, then errors with a
 *    {@link HandlerError}.
 * 5. If a type has no handler, the output errors with an {@link UnknownEventError} (`strict`, the default). If not strict,
 *    `onIgnored(event)` is called and the offset of the snapshot advances. Types that the definition ignores advance the offset
 *    and are not reported.
 * 6. With `marks`, each snapshot also has a `mark` that identifies the event at its offset. This includes the snapshot before
 *    an error, and an offset whose event was ignored. `followLog` accepts it as `mark`.
 * 7. If an event is at or below the offset reached, the output errors with a {@link StaleEventError}; its handler is not
 *    called.
 *
 * Completes after the last handler has ended. An error of the source passes through immediately. Unsubscribing discards the
 * result of the current handler and the queue.
 *
 * @example
 * ```ts
 * import { of } from 'rxjs'
 * import { defineProjection, scanProjection } from 'rx-projection/operators'
 *
 * const total = defineProjection<number, { type: 'Sold'; payload: number }>({
 *   name: 'total',
 *   initialState: () => 0,
 *   on: { Sold: (sum, { payload }) => sum + payload },
 * })
 * of({ id: 1, stream: 'shop', type: 'Sold', payload: 5 }).pipe(scanProjection(total)).subscribe(console.log)
 * // prints { offset: 1, state: 5, events: 1 }
 * ```
 * @see {@link evolve} and {@link replay}, the same steps as plain functions
 * @throws {TypeError | RangeError} names the invalid argument.
 */
export function scanProjection<State>(
  projection: AnyProjection<State>,
  from: Snapshot<State> | (() => Snapshot<State>) = () => initialSnapshot(projection),
  options: ScanProjectionOptions = {},
): OperatorFunction<OneOrMany<LogEvent>, ProjectedSnapshot<State>> {
  checkProjection(projection)
  checkOptions(options, 'onIgnored', 'onFailure')
  checkKeys(options, [...FOLD, 'signal', 'marks', 'onFailure'])
  for (const name of ['strict', 'freeze', 'marks'] as const) checkSwitch(name, options[name])
  checkSignal('signal', options.signal)
  const start = startOf(from, (asked) => checkSnapshot('from', asked))
  return operate((output) => new ScanStage(output, new FoldCursor(projection, start(), options), options))
}

class ScanStage<State> extends InOrderStage<OneOrMany<LogEvent>, ProjectedSnapshot<State>> {
  readonly #cursor: FoldCursor<State>
  readonly #marks: boolean
  readonly #onFailure: ((failure: Failure) => Decision) | undefined
  readonly #stopped = (): boolean => this.stopping || this.output.closed

  constructor(
    output: Subscriber<ProjectedSnapshot<State>>,
    cursor: FoldCursor<State>,
    { signal, marks = false, onFailure }: ScanProjectionOptions,
  ) {
    super(output, signal)
    this.#cursor = cursor
    this.#marks = marks
    this.#onFailure = onFailure
  }

  protected begin(item: OneOrMany<LogEvent>): boolean {
    let rest: Promise<void> | undefined
    try {
      rest = this.#fold(item)
    } catch (error) {
      this.#failAfterFlush(item, error)
      return true
    }
    if (rest === undefined) {
      this.#flush(item)
      return true
    }
    rest.then(
      () => {
        this.#flush(item)
        this.done()
      },
      (error: unknown) => this.#failAfterFlush(item, error),
    )
    return false
  }

  #fold(item: OneOrMany<LogEvent>): Promise<void> | undefined {
    const cursor = this.#cursor
    if (Array.isArray(item)) return foldPage(cursor, item, this.#stopped)
    cursor.takeOne(item as LogEvent)
    return cursor.pending && cursor.settle(item as LogEvent)
  }

  /** Emits the part of an item that was folded, if there is one. */
  #flush(item: OneOrMany<LogEvent>): void {
    if (!this.#cursor.moved) return
    const snapshot = this.#cursor.snapshot()
    this.emit(this.#marks ? { ...snapshot, mark: markAt(item, snapshot.offset) } : snapshot)
  }

  #failAfterFlush(item: OneOrMany<LogEvent>, error: unknown): void {
    this.#flush(item)
    // Retry and stop both end this subscription: a retry subscribes again.
    if (isA(error, HandlerError)) this.#onFailure?.({ error, event: error.event })
    this.fail(error)
  }
}

/** The mark of the event at an offset: the last event, unless the fold ended within the page. */
function markAt(item: OneOrMany<LogEvent>, offset: number): EventMark {
  if (!Array.isArray(item)) return markOf(item as LogEvent)
  return markOf((item as readonly LogEvent[]).findLast(({ id }) => id === offset)!)
}
