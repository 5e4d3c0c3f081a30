import type { SchedulerLike, Subscriber, Subscription } from 'rxjs'
import { clockOf } from '../kernel/clock.ts'
import { Stage } from '../kernel/operate.ts'
import { isEvent, type LogEvent, type OneOrMany } from '../model/event.ts'
import { type Place, placeOf } from '../model/position.ts'
import type { EnsureSequentialOptions } from './EnsureSequentialOptions.ts'
import { type Held, HeldEvents } from './HeldEvents.ts'
import { MissedEventError } from './MissedEventError.ts'

/** The result for a message. */
type Verdict = 'next' | 'unhandled' | 'duplicate' | 'early'

/** The rules of `ensureSequential`, for one subscription. */
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
    let isBatch: boolean
    try {
      isBatch = Array.isArray(item)
    } catch (error) {
      // The value is a revoked proxy.
      this.output.error(error)
      return
    }
    if (isBatch) this.#checkBatch(item as readonly LogEvent[])
    else this.#checkOne(item as LogEvent)
  }

  protected override sourceCompleted(): void {
    if (this.#held.first) this.output.error(this.#missed(this.#held.first))
    else this.output.complete()
  }

  #checkOne(event: LogEvent): void {
    const id = this.#held.size === 0 ? follower(event, this.#last) : 0
    if (id > 0) {
      this.#last = id
      this.output.next(event)
      return
    }
    this.#passOn(event)
    // Kept events follow one at a time, because each may bring in another one during its delivery.
    for (let held = this.#release(); held !== undefined; held = this.#release()) this.#passOn(held.event)
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
    let good: number
    let isGood: boolean
    try {
      good = this.#held.size === 0 ? this.#passRun(events) : 0
      isGood = good === events.length
    } catch (error) {
      this.output.error(error)
      return
    }
    if (!isGood) this.#cutBatch(events, good)
    else if (good > 0) this.output.next(events)
  }

  /** Advances the position past the consecutive events at the beginning of a batch; returns how many there are. */
  #passRun(events: readonly LogEvent[]): number {
    let last = this.#last
    const { length } = events
    let index = 0
    for (; index < length; index++) {
      const id = follower(events[index], last)
      if (id === 0) break
      last = id
    }
    this.#last = last
    return index
  }

  /** The slow path, for a batch with an event to remove, to keep or to refuse after its first `good` events. */
  #cutBatch(events: readonly LogEvent[], good: number): void {
    const passed: LogEvent[] = []
    const reports: { event: LogEvent; verdict: 'unhandled' | 'duplicate'; last: number }[] = []
    const take = (event: LogEvent): void => {
      const verdict = this.#judge(event)
      if (verdict === 'next') passed.push(event)
      else if (verdict !== 'early') reports.push({ event, verdict, last: this.#last })
    }
    let failure: { error: unknown } | undefined
    let isWhole = false
    try {
      for (let index = 0; index < events.length; index++) {
        if (index < good) {
          passed.push(events[index]!)
          continue
        }
        take(events[index]!)
        for (let held = this.#release(); held !== undefined; held = this.#release()) take(held.event)
      }
      isWhole = isSame(passed, events)
    } catch (error) {
      failure = { error }
    }
    if (passed.length > 0) this.output.next(isWhole ? events : passed)
    try {
      for (const { event, verdict, last } of reports) this.#report(event, verdict, last)
    } catch (error) {
      failure = { error }
    }
    if (failure) this.output.error(failure.error)
    else this.#watch()
  }

  /** Applies the rules: advances the position, or keeps the event; throws if it can do neither. */
  #judge(event: LogEvent): Verdict {
    const place = placeOf(event)
    const { id, previous } = place
    if (id <= this.#last) return 'duplicate'
    if (previous > this.#last) return this.#keep(event, place)
    const verdict = isEvent(event) ? 'next' : 'unhandled'
    this.#last = id
    return verdict
  }

  #keep(event: LogEvent, { id, previous }: Place): Verdict {
    const { hold } = this.#options
    if (hold === undefined) throw this.#missed({ id, previous })
    if (!this.#held.keep({ event, id, previous, since: this.#now() })) return 'duplicate'
    if (this.#held.size > hold.atMost) throw this.#missed(this.#held.first!)
    return 'early'
  }

  /** Removes the lowest kept event if it is due: it is next now, or was passed meanwhile. */
  #release(): Held | undefined {
    const { first } = this.#held
    if (first === undefined || this.output.closed || first.previous > this.#last) return undefined
    this.#held.shift()
    return first
  }

  #report(event: LogEvent, verdict: 'unhandled' | 'duplicate', last: number): void {
    if (verdict === 'duplicate') this.#options.onDuplicate?.(event, last)
    else this.#options.onUnhandled?.(event)
  }

  /** Keeps one timer for the first gap, if there is one. */
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

  #missed({ id, previous }: Place): MissedEventError {
    return new MissedEventError({ received: id, last: this.#last, missing: [this.#last + 1, previous] })
  }
}

function isSame(passed: readonly LogEvent[], events: readonly LogEvent[]): boolean {
  return passed.length === events.length && passed.every((event, index) => event === events[index])
}

/**
 * The fast path: the position of an event that is certainly valid and follows `last`. Returns 0 for anything else, also for a
 * value that throws when it is inspected.
 */
function follower(event: LogEvent | undefined, last: number): number {
  try {
    if (event === undefined || event === null) return 0
    const { id, previous } = event
    if (previous === undefined) {
      if (id !== last + 1 || id > Number.MAX_SAFE_INTEGER) return 0
    } else if (
      !(previous <= last && last < id && previous >= 0 && Number.isSafeInteger(previous) && Number.isSafeInteger(id))
    ) {
      return 0
    }
    return event.stream !== undefined && event.type !== undefined && event.payload !== undefined ? id : 0
  } catch {
    // The slow path finds the error.
    return 0
  }
}
