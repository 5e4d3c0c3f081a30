import type { SchedulerLike, Subscriber, Subscription } from 'rxjs'
import type { EnsureSequentialOptions } from '../ensureSequential.ts'
import { MissedEventError } from '../model/errors/MissedEventError.ts'
import { isEvent, type LogEvent, type OneOrMany } from '../model/event.ts'
import { checkPosition } from '../model/position.ts'
import { clockOf } from './clock.ts'
import { HeldEvents } from './HeldEvents.ts'
import { Stage } from './operate.ts'

/** What became of a message. */
type Verdict = 'next' | 'unhandled' | 'duplicate' | 'early'

/** The rule of `ensureSequential`, for one subscription. */
export class SequenceStage extends Stage<OneOrMany<LogEvent>, OneOrMany<LogEvent>> {
  #last: number
  readonly #options: EnsureSequentialOptions
  readonly #scheduler: SchedulerLike
  readonly #now: () => number
  readonly #held = new HeldEvents()
  #timer: Subscription | undefined
  #deadline = Infinity

  constructor(
    output: Subscriber<OneOrMany<LogEvent>>,
    last: number,
    options: EnsureSequentialOptions,
    scheduler: SchedulerLike,
  ) {
    super(output)
    this.#last = last
    this.#options = options
    this.#scheduler = scheduler
    this.#now = clockOf(scheduler)
    if (options.hold) output.add(() => this.#timer?.unsubscribe())
  }

  override next(item: OneOrMany<LogEvent>): void {
    if (this.isStopped) return
    if (Array.isArray(item)) this.#checkBatch(item)
    else this.#checkOne(item as LogEvent)
  }

  protected override sourceCompleted(): void {
    if (this.#held.first) this.output.error(this.#missed(this.#held.first))
    else this.output.complete()
  }

  #checkOne(event: LogEvent): void {
    if (follows(event, this.#last) && this.#held.size === 0) {
      this.#last = event.id
      this.output.next(event)
      return
    }
    this.#passOn(event)
    // Kept ones follow one at a time, since each may bring another one in while it is on its way down.
    for (let held = this.#release(); held !== undefined; held = this.#release()) this.#passOn(held)
    this.#watch()
  }

  #passOn(event: LogEvent): void {
    let verdict: Verdict
    try {
      verdict = this.#judge(event)
      if (verdict === 'duplicate' || verdict === 'unhandled') this.#report(event, verdict, this.#last)
    } catch (error) {
      this.output.error(error)
      return
    }
    if (verdict === 'next') this.output.next(event)
  }

  #checkBatch(events: readonly LogEvent[]): void {
    const good = this.#held.size === 0 ? this.#lengthOfRun(events) : 0
    if (good > 0) this.#last = events[good - 1]!.id
    if (good === events.length) {
      if (good > 0) this.output.next(events)
      return
    }
    this.#cutBatch(events, good)
  }

  /** How many events at the beginning of a batch follow each other. */
  #lengthOfRun(events: readonly LogEvent[]): number {
    let last = this.#last
    const { length } = events
    let index = 0
    for (; index < length; index++) {
      const event = events[index]!
      if (!follows(event, last)) break
      last = event.id
    }
    return index
  }

  /** The long way, for a batch that has something to cut, to keep or to refuse behind its first `good` events. */
  #cutBatch(events: readonly LogEvent[], good: number): void {
    const passed = events.slice(0, good)
    const reports: { event: LogEvent; verdict: 'unhandled' | 'duplicate'; last: number }[] = []
    const take = (event: LogEvent): void => {
      const verdict = this.#judge(event)
      if (verdict === 'next') passed.push(event)
      else if (verdict !== 'early') reports.push({ event, verdict, last: this.#last })
    }
    let failure: { error: unknown } | undefined
    try {
      for (let index = good; index < events.length; index++) {
        take(events[index]!)
        for (let held = this.#release(); held !== undefined; held = this.#release()) take(held)
      }
    } catch (error) {
      failure = { error }
    }
    if (passed.length > 0) this.output.next(isSame(passed, events) ? events : passed)
    try {
      for (const { event, verdict, last } of reports) this.#report(event, verdict, last)
    } catch (error) {
      failure = { error }
    }
    if (failure) this.output.error(failure.error)
    else this.#watch()
  }

  /** The rule: moves the position, or keeps the event; throws when it can do neither. */
  #judge(event: LogEvent): Verdict {
    checkPosition(event)
    const { id, previous = id - 1 } = event
    if (id <= this.#last) return 'duplicate'
    if (previous > this.#last) return this.#keep(event)
    this.#last = id
    return isEvent(event) ? 'next' : 'unhandled'
  }

  #keep(event: LogEvent): Verdict {
    const { hold } = this.#options
    if (hold === undefined) throw this.#missed(event)
    if (!this.#held.keep(event, this.#now())) return 'duplicate'
    if (this.#held.size > hold.atMost) throw this.#missed(this.#held.first!)
    return 'early'
  }

  /** Takes out the lowest kept event, if its time has come: it is next now, or was passed meanwhile. */
  #release(): LogEvent | undefined {
    const { first } = this.#held
    if (first === undefined || this.output.closed || (first.previous ?? first.id - 1) > this.#last) return undefined
    this.#held.shift()
    return first
  }

  #report(event: LogEvent, verdict: 'unhandled' | 'duplicate', last: number): void {
    if (verdict === 'duplicate') this.#options.onDuplicate?.(event, last)
    else this.#options.onUnhandled?.(event)
  }

  /** Keeps one timer for the gap in front, if there is one. */
  #watch(): void {
    const { hold } = this.#options
    if (hold === undefined || this.output.closed) return
    const deadline = this.#held.since + hold.for
    if (deadline === this.#deadline) return
    this.#deadline = deadline
    this.#timer?.unsubscribe()
    this.#timer = undefined
    const { first } = this.#held
    if (first === undefined) return
    const wait = Math.min(Math.max(0, deadline - this.#now()), hold.for)
    this.#timer = this.#scheduler.schedule(() => this.output.error(this.#missed(this.#held.first!)), wait)
  }

  #missed(event: LogEvent): MissedEventError {
    const { id, previous = id - 1 } = event
    return new MissedEventError({ received: id, last: this.#last, missing: [this.#last + 1, previous] })
  }
}

function isSame(passed: readonly LogEvent[], events: readonly LogEvent[]): boolean {
  return passed.length === events.length && passed.every((event, index) => event === events[index])
}

/** The quick look: whether this is, beyond doubt, a proper event that follows a position. */
function follows(event: LogEvent | undefined, last: number): boolean {
  if (event === undefined || event === null) return false
  const { id, previous } = event
  if (previous === undefined) {
    if (id !== last + 1 || id > Number.MAX_SAFE_INTEGER) return false
  } else if (
    !(previous <= last && last < id && previous >= 0 && Number.isSafeInteger(previous) && Number.isSafeInteger(id))
  ) {
    return false
  }
  return event.stream !== undefined && event.type !== undefined && event.payload !== undefined
}
