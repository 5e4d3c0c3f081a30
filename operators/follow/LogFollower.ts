import type { SchedulerLike, Subscriber, Subscription } from 'rxjs'
import { clockOf } from '../kernel/clock.ts'
import { deliver, Gate } from '../kernel/demand.ts'
import { type TurnBudget, turnBudgetOf } from '../kernel/TurnBudget.ts'
import type { EventType, LogEvent, Recorded } from '../model/event.ts'
import { isPromiseLike } from '../model/maybePromise.ts'
import type { MaybePromise } from '../model/projection.ts'
import type { EventReader, LogPage } from '../ports/events.ts'
import { checkPage } from './checkPage.ts'
import type { FollowLogOptions } from './FollowLogOptions.ts'
import { lowerPrevious } from './lowerPrevious.ts'
import { MarkCheck } from './MarkCheck.ts'
import { ReadWatchdog } from './ReadWatchdog.ts'

type Options = Required<Pick<FollowLogOptions, 'after' | 'pageSize' | 'catchUpAfter' | 'readTimeout'>> &
  Pick<FollowLogOptions, 'streams' | 'onProgress' | 'mark'>

/** Reads a log for one subscription of `followLog`. It either reads, in a loop, or waits with one timer. */
export class LogFollower<E extends EventType> {
  /** Up to where the log has been read. */
  #through: number
  /** The position of the last delivered event. */
  #given: number
  #reading = false
  /** A hint arrived during a read. */
  #hinted = false
  /** The read in progress checks whether the log is still the same. */
  #checking = false
  /** The last read was answered later: then the request itself takes no time, but processing the answer does. */
  #answersLater = false
  /** A page that waits until the event loop has turned. */
  #arrived: { readonly page: LogPage<E> } | undefined
  #timer: Subscription | undefined
  readonly #gate = new Gate()
  readonly #log: EventReader<E>
  readonly #subscriber: Subscriber<readonly Recorded<E>[]>
  readonly #options: Options
  readonly #scheduler: SchedulerLike
  readonly #now: () => number
  readonly #budget: TurnBudget
  readonly #marks: MarkCheck
  readonly #watchdog: ReadWatchdog<LogPage<E>>

  constructor(
    log: EventReader<E>,
    subscriber: Subscriber<readonly Recorded<E>[]>,
    options: Options,
    scheduler: SchedulerLike,
  ) {
    this.#log = log
    this.#subscriber = subscriber
    this.#options = options
    this.#scheduler = scheduler
    this.#through = this.#given = options.after
    this.#now = clockOf(scheduler)
    this.#budget = turnBudgetOf(scheduler)
    this.#marks = new MarkCheck(options.mark)
    this.#watchdog = new ReadWatchdog({
      timeout: options.readTimeout,
      scheduler,
      operation: () =>
        this.#checking
          ? `the read of the event at position ${this.#marks.position}`
          : `the read after position ${this.#through}`,
      arrived: (page) => this.#arrive(page),
      failed: (error) => subscriber.error(error),
    })
  }

  start(): void {
    const log = this.#log,
      subscriber = this.#subscriber
    subscriber.add(() => {
      this.#timer?.unsubscribe()
      this.#budget.forget(this.#resume)
      this.#arrived = undefined
      this.#watchdog.stop()
    })
    // Before the first read: an append that this read misses emits a hint, and is read.
    this.#reading = true
    const error = (failure: unknown): void => subscriber.error(failure)
    subscriber.add(log.hints$?.subscribe({ next: () => this.#hint(), error }))
    subscriber.add(log.reconnects$?.subscribe({ next: () => this.#reconnected(), error }))
    this.#read()
  }

  #hint(): void {
    if (this.#reading) this.#hinted = true
    else this.#read()
  }

  #reconnected(): void {
    this.#marks.demand()
    // Hints may have been lost meanwhile.
    this.#hint()
  }

  #read(): void {
    this.#reading = true
    this.#timer?.unsubscribe()
    this.#timer = undefined
    this.#budget.enter(this.#now)
    try {
      this.#readOn(false)
    } finally {
      this.#budget.leave()
    }
  }

  /** Continues in another turn of the event loop: with the waiting page, or with a read. */
  readonly #resume = (): void => {
    const arrived = this.#arrived
    this.#arrived = undefined
    if (arrived === undefined) this.#readOn(true)
    else if (this.#take(arrived.page)) this.#readOn(false)
  }

  /** Receives a page of a read that was answered later. Many may arrive together, and would be processed back to back. */
  #arrive(page: LogPage<E>): void {
    this.#budget.enter(this.#now)
    try {
      if (this.#budget.spent) this.#waitForTurn({ page })
      else if (this.#take(page)) this.#readOn(false)
    } finally {
      this.#budget.leave()
    }
  }

  #waitForTurn(arrived?: { readonly page: LogPage<E> }): void {
    this.#arrived = arrived
    this.#budget.wait(this.#resume)
  }

  /** @param hasTurn the follower has waited for its turn: the first page is within the budget. */
  #readOn(hasTurn: boolean): void {
    let isFree = hasTurn
    while (!this.#subscriber.closed) {
      const asksAnyway = this.#answersLater
      if (!isFree && !asksAnyway && this.#budget.spent) {
        this.#waitForTurn()
        return
      }
      this.#hinted = false
      let asked: MaybePromise<LogPage<E>>
      try {
        asked = this.#ask()
      } catch (error) {
        this.#subscriber.error(error)
        return
      }
      const now = isPromiseLike(asked) ? this.#watchdog.expect(asked) : { page: asked }
      this.#answersLater = now === undefined
      if (now === undefined) return
      if (asksAnyway && !isFree && this.#budget.spent) {
        this.#waitForTurn(now)
        return
      }
      if (!this.#take(now.page)) return
      isFree = false
    }
  }

  #ask(): MaybePromise<LogPage<E>> {
    const log = this.#log
    const { streams, pageSize } = this.#options
    const { signal } = this.#watchdog
    this.#checking = this.#marks.isDue
    if (this.#checking) return (log.whole ?? log).read({ ...this.#marks.question(), signal })
    return log.read({ after: this.#through, limit: pageSize, ...(streams && { streams }), signal })
  }

  /** Processes an answer; returns whether to continue reading. */
  #take(page: LogPage<E>): boolean {
    if (this.#subscriber.closed) return false
    if (this.#checking) return this.#check(page)
    // The connection was lost meanwhile: this page may belong to another log. It is read again after the check.
    if (this.#marks.isDue) return true
    const before = this.#through
    let events: readonly Recorded<E>[]
    try {
      checkPage(page, before)
      events = lowerPrevious(page.events, before, this.#given)
    } catch (error) {
      this.#subscriber.error(error)
      return false
    }
    this.#through = page.through
    if (events.length > 0) {
      const last = events[events.length - 1] as LogEvent
      this.#given = last.id
      if (this.#log.reconnects$ !== undefined) this.#marks.passed(last)
      deliver(this.#gate, this.#subscriber, events)
    }
    const moved = page.through > before
    if (!this.#gate.held) return this.#dealtWith(page, moved)
    this.#onceFree(page, moved)
    return false
  }

  #check(page: LogPage<E>): boolean {
    try {
      return this.#marks.passes(page) || this.#rest()
    } catch (error) {
      this.#subscriber.error(error)
      return false
    }
  }

  /** Continues when the handlers have settled. They may have worked all the time, without letting the event loop turn. */
  #onceFree(page: LogPage<E>, moved: boolean): void {
    const since = this.#now()
    this.#gate.onceFree(() => {
      const now = this.#now()
      this.#budget.enter(this.#now)
      try {
        if (!this.#dealtWith(page, moved)) return
        this.#budget.charge(now - since)
        this.#readOn(false)
      } finally {
        this.#budget.leave()
      }
    })
  }

  /** Reports the progress; returns whether to read the next page immediately. */
  #dealtWith({ through, head }: LogPage<E>, moved: boolean): boolean {
    if (this.#subscriber.closed) return false
    try {
      this.#options.onProgress?.({ through, head })
    } catch (error) {
      this.#subscriber.error(error)
      return false
    }
    // A page that did not advance, below the head, waits for a decision. The store emits a hint for it.
    return (moved && through < head) || this.#rest()
  }

  /** Waits for a hint or a timeout, unless a hint arrived meanwhile; returns whether to read the next page immediately. */
  #rest(): boolean {
    if (this.#hinted) return true
    this.#reading = false
    this.#watchdog.rest()
    if (!this.#subscriber.closed) this.#timer = this.#scheduler.schedule(() => this.#read(), this.#options.catchUpAfter)
    return false
  }
}
