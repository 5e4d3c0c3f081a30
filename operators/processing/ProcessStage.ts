import { isObservable, type Subscriber } from 'rxjs'
import { checkFunction, checkObject, checkOffset, checkSignal, must } from '../kernel/arguments.ts'
import { completedSynchronously, type Outcome, settledSynchronously } from '../kernel/completedSynchronously.ts'
import { InOrderStage } from '../kernel/InOrderStage.ts'
import type { Decision, Failure } from '../model/Decision.ts'
import { HandlerError } from '../model/errors/HandlerError.ts'
import { isA } from '../model/errors/isA.ts'
import type { LogEvent, OneOrMany } from '../model/event.ts'
import { checkKeys } from '../model/keys.ts'
import { isPromiseLike } from '../model/maybePromise.ts'
import type { MaybePromise } from '../model/projection.ts'

/** Options of `processEvents` and `processPages`. */
export interface ProcessOptions {
  /** Makes a position durable, after all events up to it were handled. The next event waits for it. */
  readonly savePosition: (position: number) => Outcome
  /** The position that was processed last, or a function called at each subscription. Default: 0. */
  readonly after?: number | (() => number)
  /** If aborted, the current handler finishes, its position is saved and emitted, and the output completes. */
  readonly signal?: AbortSignal
  /** The name of the projector, for error messages. */
  readonly name?: string
  /**
   * Makes the error for a failure that the handler threw. Default: a `HandlerError` that names the event.
   * @internal
   */
  readonly failure?: (event: LogEvent, cause: unknown) => unknown
  /**
   * Decides how to react to a failure of a handler, where it happens.
   * @internal
   */
  readonly onFailure?: (failure: Failure) => Decision
  /**
   * Which parts of a page are handled as one. Default: the whole page.
   * @internal
   */
  readonly parts?: PartsOfPage
}

/** How pages are split: before they are handled, and after one has failed. */
export interface PartsOfPage {
  readonly of: (page: readonly LogEvent[]) => readonly (readonly LogEvent[])[]
  /** The parts of a failed page, to be handled now, each by itself; `undefined`: the page itself has failed. */
  readonly afterFailure: (page: readonly LogEvent[], cause: unknown) => readonly (readonly LogEvent[])[] | undefined
}

/** @throws {TypeError | RangeError} names the invalid option. */
export function checkProcessOptions(options: ProcessOptions): void {
  checkObject('options', options)
  checkKeys(options, ['savePosition', 'after', 'signal', 'name', 'failure', 'onFailure', 'parts'])
  checkFunction('savePosition', options.savePosition)
  const { after = 0, name, signal } = options
  if (typeof after !== 'function') checkOffset('after', after)
  must(name === undefined || typeof name === 'string', 'name', name, 'a string', TypeError)
  checkSignal('signal', signal)
}

/** How the input is split into units that are handled, and saved, as one. */
export interface Unit<U> {
  readonly all: (item: OneOrMany<LogEvent>) => readonly U[]
  readonly first: (unit: U) => LogEvent
  /**
   * The position of its last event.
   *
   * @throws {StaleEventError} an event is at or below the position, or not above the event before it.
   */
  readonly end: (unit: U, position: number) => number
  /** The units that replace a failed unit, to be handled now. Absent, or `undefined`: none. */
  readonly afterFailure?: (unit: U, cause: unknown) => readonly U[] | undefined
}

/** Handles units one at a time and saves the position after each before it takes the next. */
export class ProcessStage<U> extends InOrderStage<OneOrMany<LogEvent>, number> {
  #units: readonly U[] = []
  #index = 0
  #position: number
  /** The position of the last event of the current unit. */
  #end = 0
  /** A handler is being called. */
  #calling = false
  /** The failed unit was replaced by its parts before its handler returned. */
  #parted = false
  readonly #unit: Unit<U>
  readonly #process: (unit: U) => MaybePromise<unknown>
  readonly #options: ProcessOptions

  constructor(
    output: Subscriber<number>,
    unit: Unit<U>,
    process: (unit: U) => MaybePromise<unknown>,
    options: ProcessOptions,
  ) {
    super(output, options.signal)
    const { after = 0 } = options
    this.#position = typeof after === 'function' ? after() : after
    checkOffset('after', this.#position)
    this.#unit = unit
    this.#process = process
    this.#options = options
  }

  protected begin(item: OneOrMany<LogEvent>): boolean {
    try {
      this.#units = this.#unit.all(item)
    } catch (error) {
      this.fail(error)
      return false
    }
    this.#index = 0
    return this.#advance()
  }

  /** Handles units up to the end (`true`), or up to one that is asynchronous or fails (`false`). */
  #advance(): boolean {
    while (!this.output.closed) {
      let unit: U
      try {
        if (!(this.#index < this.#units.length)) return true
        unit = this.#units[this.#index]!
        this.#end = this.#unit.end(unit, this.#position)
      } catch (error) {
        this.fail(error)
        return false
      }
      this.#calling = true
      const handled = this.#handle(unit)
      this.#calling = false
      if (this.#parted) {
        this.#parted = false
        if (this.stopping) return true
        continue
      }
      if (!handled) return false
      if (this.output.closed) return true
      if (!this.#save()) return false
      this.#passed()
    }
    return true
  }

  /** Whether the unit is handled when the call returns. */
  #handle(unit: U): boolean {
    let handled: MaybePromise<unknown>
    try {
      handled = this.#process(unit)
      if (!isPromiseLike(handled)) return true
    } catch (cause) {
      this.#failOn(unit, cause)
      return false
    }
    return settledSynchronously(
      handled,
      () => {
        if (this.output.closed) this.done()
        else if (this.#save()) this.#resume()
      },
      (cause) => this.#failOn(unit, cause),
    )
  }

  /** Whether the position is saved when the call returns. */
  #save(): boolean {
    let saved: Outcome
    try {
      saved = this.#options.savePosition(this.#end)
      // Checked here, so that a save that is already complete creates no closure.
      if (!isPromiseLike(saved) && !isObservable(saved)) return true
    } catch (error) {
      this.fail(error)
      return false
    }
    return completedSynchronously(
      saved,
      () => this.#resume(),
      (error) => this.fail(error),
    )
  }

  #passed(): void {
    this.#position = this.#end
    this.#index++
    this.emit(this.#position)
  }

  #resume(): void {
    this.#passed()
    if (this.stopping || this.#advance()) this.done()
  }

  #failOn(unit: U, cause: unknown): void {
    let failure: unknown
    let parts: readonly U[] | undefined
    try {
      parts = this.#unit.afterFailure?.(unit, cause)
      if (parts === undefined) failure = this.#decidedFailure(unit, cause)
    } catch (error) {
      failure = error
    }
    if (parts === undefined) this.fail(failure)
    else this.#goOnWith(parts)
  }

  /** The error of a unit, after the policy decided. Retry and stop both end this subscription: a retry subscribes again. */
  #decidedFailure(unit: U, cause: unknown): unknown {
    const failure = this.#failureOf(unit, cause)
    if (isA(failure, HandlerError)) this.#options.onFailure?.({ error: failure, event: failure.event })
    return failure
  }

  /** Handles the parts of the current unit, one by one; if the stage is stopping, it discards them. */
  #goOnWith(parts: readonly U[]): void {
    this.#units = [...parts, ...this.#units.slice(this.#index + 1)]
    this.#index = 0
    if (this.#calling) this.#parted = true
    else if (this.stopping || this.#advance()) this.done()
  }

  #failureOf(unit: U, cause: unknown): unknown {
    const { name, failure } = this.#options
    const event = this.#unit.first(unit)
    if (failure !== undefined) return failure(event, cause)
    if (isA(cause, HandlerError)) return cause
    const through = this.#end === event.id ? undefined : this.#end
    return new HandlerError({ event, through, projection: name, cause })
  }
}
