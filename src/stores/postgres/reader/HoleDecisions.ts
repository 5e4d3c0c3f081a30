import { Observable, type SchedulerLike, type Subscriber, type Subscription } from 'rxjs'

/** How long to wait before the first look after a page met an undecided hole, in ms, and how that grows. */
const FIRST = 4
const FACTOR = 1.5
const LONGEST = 200

/** What is looked at. */
export interface Undecided {
  /** Whether a hole waits to be decided. */
  readonly undecided: boolean
  /** Looks once. Where that brings a hole nearer to its decision, `moved` is called. */
  look(): Promise<unknown>
}

/**
 * Hints at decisions: of holes that pages have met, for as long as one is open and somebody takes hints. All who take hints hear
 * of each decision, whoever found out: a look here, or a page that somebody else has read.
 */
export class HoleDecisions {
  /** Emits when a hole that was undecided may be passed. */
  readonly hints$: Observable<void>
  readonly #subscribers = new Set<Subscriber<void>>()
  readonly #of: () => Undecided | undefined
  readonly #scheduler: SchedulerLike
  #next: Subscription | undefined
  #looking = false
  #wait = FIRST

  constructor(of: () => Undecided | undefined, scheduler: SchedulerLike) {
    this.#of = of
    this.#scheduler = scheduler
    this.hints$ = new Observable((subscriber) => {
      this.#subscribers.add(subscriber)
      subscriber.add(() => {
        this.#subscribers.delete(subscriber)
        if (this.#subscribers.size === 0) this.#rest()
      })
      this.watch()
    })
  }

  /** To be called when a page has met an undecided hole. */
  watch(): void {
    if (this.#looking || this.#next !== undefined || this.#subscribers.size === 0 || !this.#of()?.undecided) return
    this.#next = this.#scheduler.schedule(() => void this.#look(), this.#wait)
  }

  /**
   * To be called when a hole has come nearer to its decision, whoever has seen it: where one of two writers has committed, what it
   * wrote may be readable, though the hole behind it is not decided.
   */
  moved(): void {
    this.#wait = FIRST
    this.#hint()
  }

  #hint(): void {
    for (const subscriber of [...this.#subscribers]) subscriber.next()
  }

  async #look(): Promise<void> {
    this.#next = undefined
    this.#looking = true
    this.#wait = Math.min(this.#wait * FACTOR, LONGEST)
    try {
      await this.#of()!.look()
    } catch {
      // A hint as well: whoever reads meets the failure itself. The next look waits longer.
      this.#hint()
    }
    this.#looking = false
    this.watch()
  }

  #rest(): void {
    this.#next?.unsubscribe()
    this.#next = undefined
    this.#wait = FIRST
  }
}
