import { isObservable, type Subscriber } from 'rxjs'
import { checkFunction, checkObject, checkOffset, checkSignal, must } from '../kernel/arguments.ts'
import { completedSynchronously, type Outcome, settledSynchronously } from '../kernel/completedSynchronously.ts'
import { InOrderStage } from '../kernel/InOrderStage.ts'
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
   * What of a page is handled as one. Default: all of it.
   * @internal
   */
  readonly parts?: (page: readonly LogEvent[]) => readonly (readonly LogEvent[])[]
}

/** @throws {TypeError | RangeError} names the option that is wrong. */
export function checkProcessOptions(options: ProcessOptions): void {
  checkObject('options', options)
  checkKeys(options, ['savePosition', 'after', 'signal', 'name', 'failure', 'parts'])
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
}

/** Handles units one at a time and saves the position behind each before it takes the next. */
export class ProcessStage<U> extends InOrderStage<OneOrMany<LogEvent>, number> {
  #units: readonly U[] = []
  #index = 0
  #position: number
  /** The position of the last event in hand. */
  #end = 0
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
      if (!this.#handle(unit)) return false
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
      failure = this.#failureOf(unit, cause)
    } catch (error) {
      failure = error
    }
    this.fail(failure)
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
