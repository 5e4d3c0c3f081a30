import { Observable, type SchedulerLike, type Subscription } from 'rxjs'

/** How long to wait before the first look after a page met an undecided hole, in ms, and how that grows. */
const FIRST = 4
const FACTOR = 1.5
const LONGEST = 200

/** What is looked at. */
export interface Undecided {
  /** Whether a hole waits to be decided. */
  readonly undecided: boolean
  /** Looks once; whether one has come nearer to its decision. */
  look(): Promise<boolean>
}

/** Hints at decisions: of holes that pages have met, for as long as one is open and somebody takes hints. */
export class Decisions {
  /** Emits when a hole that was undecided may be passed. */
  readonly hints$: Observable<void>
  private readonly watching = new Set<() => void>()

  constructor(of: () => Undecided | undefined, scheduler: SchedulerLike) {
    this.hints$ = new Observable((subscriber) => {
      let next: Subscription | undefined
      let wait = FIRST
      const lookLater = (): void => {
        if (next !== undefined || subscriber.closed || !of()?.undecided) return
        next = scheduler.schedule(() => void look(), wait)
      }
      const look = async (): Promise<void> => {
        // A look that fails is a hint as well: whoever reads meets the failure itself.
        const moved = await of()!
          .look()
          .catch(() => true)
        next = undefined
        if (subscriber.closed) return
        wait = moved ? FIRST : Math.min(wait * FACTOR, LONGEST)
        if (moved) subscriber.next()
        lookLater()
      }
      this.watching.add(lookLater)
      subscriber.add(() => {
        this.watching.delete(lookLater)
        next?.unsubscribe()
      })
      lookLater()
    })
  }

  /** To be called when a page has met an undecided hole. */
  watch(): void {
    for (const lookLater of this.watching) lookLater()
  }
}
