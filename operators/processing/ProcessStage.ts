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

/** What `processEvents` and `processPages` have to be told. */
export interface ProcessOptions {
  /** Makes a position durable, once what lies up to it was handled. What comes next waits for it. */
  readonly savePosition: (position: number) => Outcome
  /** The position that was processed last, or a function asked at each subscription. Default: 0. */
  readonly after?: number | (() => number)
  /** When aborted: the handler in hand ends, its position is saved and emitted, and the output completes. */
  readonly signal?: AbortSignal
  /** Who handles, for error messages. */
  readonly name?: string
  /**
   * Makes the error of what the handler threw. Default: a `HandlerError` that names the event.
   * @internal
   */
  readonly failure?: (event: LogEvent, cause: unknown) => unknown
  /**
   * Decides about a failure of a handler, where it happens.
   * @internal
   */
  readonly onFailure?: (failure: Failure) => Decision
  /**
   * What of a page is handled as one. Default: all of it.
   * @internal
   */
  readonly parts?: PartsOfPage
}

/** How pages are parted: before they are handled, and after one has failed. */
export interface PartsOfPage {
  readonly of: (page: readonly LogEvent[]) => readonly (readonly LogEvent[])[]
  /** The parts of a page that failed, to be handled now, each by itself; `undefined`: the failure is the page's own. */
  readonly afterFailure: (page: readonly LogEvent[], cause: unknown) => readonly (readonly LogEvent[])[] | undefined
}

/** @throws {TypeError | RangeError} names the option that is wrong. */
export function checkProcessOptions(options: ProcessOptions): void {
  checkObject('options', options)
  checkKeys(options, ['savePosition', 'after', 'signal', 'name', 'failure', 'onFailure', 'parts'])
  checkFunction('savePosition', options.savePosition)
  const { after = 0, name, signal } = options
  if (typeof after !== 'function') checkOffset('after', after)
  must(name === undefined || typeof name === 'string', 'name', name, 'a string', TypeError)
  checkSignal('signal', signal)
}

/** How what comes in is parted into what is handled, and saved, as one. */
export interface Unit<U> {
  readonly all: (item: OneOrMany<LogEvent>) => readonly U[]
  readonly first: (unit: U) => LogEvent
  /**
   * The position of its last event.
   *
   * @throws {StaleEventError} an event is at or below the position, or not above the one before it.
   */
  readonly end: (unit: U, position: number) => number
  /** What takes the place of a unit that failed, to be handled now. Absent, or `undefined`: nothing. */
  readonly afterFailure?: (unit: U, cause: unknown) => readonly U[] | undefined
}

/** Handles units one at a time and saves the position behind each before it takes the next. */
export class ProcessStage<U> extends InOrderStage<OneOrMany<LogEvent>, number> {
  #units: readonly U[] = []
  #index = 0
  #position: number
  /** The position of the last event in hand. */
  #end = 0
  /** A handler is being called. */
  #calling = false
  /** The unit that failed has been replaced by its parts, before its handler returned. */
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

  /** Handles units up to the end (`true`), or up to one that takes its time or fails (`false`). */
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

  /** Whether the unit is handled by now. */
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

  /** Whether the position is saved by now. */
  #save(): boolean {
    let saved: Outcome
    try {
      saved = this.#options.savePosition(this.#end)
      // Told apart here, so that no closure is made for a save that is done already.
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
    try {
      const parts = this.#unit.afterFailure?.(unit, cause)
      if (parts !== undefined) {
        this.#goOnWith(parts)
        return
      }
      failure = this.#failureOf(unit, cause)
      // Retry and stop both end this subscription: whoever retries subscribes again.
      if (isA(failure, HandlerError)) this.#options.onFailure?.({ error: failure, event: failure.event })
    } catch (error) {
      failure = error
    }
    this.fail(failure)
  }

  /** Handles the parts of the unit in hand, one by one; where the stage is stopping, it lets them go. */
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
