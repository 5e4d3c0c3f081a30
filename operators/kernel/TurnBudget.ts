import type { SchedulerLike, Subscription } from 'rxjs'

/** How much synchronous work is done in one turn of the event loop, in ms, by all who share a budget. */
const BUDGET = 20

/** After so many ms a turn that was asked for has been lost: whoever ran the timers has gone (a test with timers of its own). */
const LOST = 1_000

const budgets = new WeakMap<SchedulerLike, TurnBudget>()

/** The budget that all work on a scheduler shares. */
export function turnBudgetOf(scheduler: SchedulerLike): TurnBudget {
  let budget = budgets.get(scheduler)
  if (budget === undefined) {
    budget = new TurnBudget(scheduler)
    budgets.set(scheduler, budget)
  }
  return budget
}

/**
 * Lets the event loop turn after 20 ms of synchronous work, however many share in that work.
 *
 * Work that finds the budget spent waits in a queue. One scheduled action serves the whole queue: a timer for each would not do,
 * since timers that are due run back to back. In the next turn they go on in the order in which they came, each
 * for one piece of work while others wait, until the budget is spent again.
 *
 * Whether the event loop has turned, only a timer can tell. None is spent on that before half of the budget is used.
 */
export class TurnBudget {
  /** Work since the event loop is known to have turned, in ms, without what is going on. */
  #used = 0
  #depth = 0
  #began = 0
  #left = -Infinity
  #clock: () => number = () => 0
  readonly #queue = new Set<() => void>()
  #action: Subscription | undefined
  #asked = 0
  readonly #scheduler: SchedulerLike

  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler
  }

  /** Work begins. It may begin within other work; the outermost is measured, by its clock. */
  enter(clock: () => number): void {
    if (this.#depth++ > 0) return
    const now = clock()
    const since = now - this.#left
    this.#clock = clock
    this.#began = now
    // Nobody has worked for a whole budget's time. So what was used before is of another turn.
    if (!(since >= 0 && since < BUDGET)) this.#used = 0
    else if (this.#used >= BUDGET / 2) this.#askForTurn()
  }

  leave(): void {
    if (--this.#depth > 0) return
    this.#left = this.#clock()
    this.#used += this.#left - this.#began
  }

  /** Counts work that was done outside: by handlers that go on in promises, which do not let the event loop turn. */
  charge(duration: number): void {
    this.#used += duration
  }

  /** Whether who works now has to wait for its turn: the budget is spent, or others are waiting. To be asked while working. */
  get spent(): boolean {
    return this.#queue.size > 0 || this.#isUsedUp()
  }

  /** Calls back in a later turn of the event loop. What is in the queue already keeps its place. */
  wait(resume: () => void): void {
    this.#queue.add(resume)
    this.#askForTurn()
  }

  /** Leaves the queue. */
  forget(resume: () => void): void {
    if (!this.#queue.delete(resume) || this.#queue.size > 0) return
    this.#action?.unsubscribe()
    this.#action = undefined
  }

  #isUsedUp(): boolean {
    return this.#used + this.#clock() - this.#began >= BUDGET
  }

  #askForTurn(): void {
    const now = this.#clock()
    if (this.#action !== undefined) {
      const since = now - this.#asked
      if (since >= 0 && since < LOST) return
      this.#action.unsubscribe()
    }
    this.#asked = now
    const action = this.#scheduler.schedule(() => this.#turned())
    this.#action = action.closed ? undefined : action
  }

  #turned(): void {
    this.#action = undefined
    this.#used = 0
    this.enter(this.#clock)
    this.#began = this.#clock()
    try {
      for (const resume of this.#queue) {
        if (this.#isUsedUp()) break
        this.#queue.delete(resume)
        resume()
      }
    } finally {
      this.leave()
      if (this.#queue.size > 0) this.#askForTurn()
    }
  }
}
