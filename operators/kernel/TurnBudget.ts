import type { SchedulerLike, Subscription } from 'rxjs'

/** How much synchronous work all users of a budget together may do in one turn of the event loop, in ms. */
const BUDGET = 20

/**
 * A requested turn that has not come after this many ms is lost: nothing runs its timer any more (for example in a test with
 * fake timers).
 */
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
 * Lets the event loop turn after 20 ms of synchronous work, however many users share that work.
 *
 * Work that finds the budget spent waits in a queue. One scheduled action serves the whole queue, because timers that are due
 * run back to back, and one timer for each would not let the event loop turn. In the next turn the waiting work continues in
 * the order in which it arrived. While other work waits, each user runs one piece, until the budget is spent again.
 *
 * Only a timer can detect that the event loop has turned. No timer starts before half of the budget is used.
 */
export class TurnBudget {
  /** Work since the event loop last turned for certain, in ms, without the work in progress. */
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

  /** Starts measuring work. Work may be nested: only the outermost work is measured, by its clock. */
  enter(clock: () => number): void {
    if (this.#depth++ > 0) return
    const now = clock()
    const since = now - this.#left
    this.#clock = clock
    this.#began = now
    // No work ran for the time of a whole budget, so the time used before belongs to another turn.
    if (!(since >= 0 && since < BUDGET)) this.#used = 0
    else if (this.#used >= BUDGET / 2) this.#askForTurn()
  }

  leave(): void {
    if (--this.#depth > 0) return
    this.#left = this.#clock()
    this.#used += this.#left - this.#began
  }

  /** Counts work done elsewhere: by handlers that continue in promises, which do not let the event loop turn. */
  charge(duration: number): void {
    this.#used += duration
  }

  /** Whether the current work must wait for its turn: the budget is spent, or other work waits. Read it only while working. */
  get spent(): boolean {
    return this.#queue.size > 0 || this.#isUsedUp()
  }

  /** Calls back in a later turn of the event loop. A callback that is already in the queue keeps its place. */
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
