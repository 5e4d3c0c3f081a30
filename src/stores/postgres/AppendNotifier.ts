import { type Observable, type SchedulerLike, Subject } from 'rxjs'
import type { Driver } from './driver/Driver.ts'

/** How long after a notification the next one waits at the least, in ms: many appends then share one. */
const REST = 10

/**
 * Tells of appends when they have committed: whoever reads through the same store at once, all others by a notification.
 *
 * A notification within the appending transaction would hold a lock of the whole database through its commit, so that
 * appends had to wait for the disk one by one. One that is lost in between, by a crash, costs its readers a poll.
 */
export class AppendNotifier {
  /** Emits when this store has appended. */
  readonly own$: Observable<void>
  /** What marks notifications as this store's, which has told its own readers already. */
  readonly sender: string = crypto.randomUUID()
  readonly #own = new Subject<void>()
  readonly #driver: () => Promise<Driver>
  readonly #channel: string
  readonly #scheduler: SchedulerLike
  #sending: Promise<void> | undefined
  #pending = false
  /** Ends a rest before its time. */
  #endRest: (() => void) | undefined
  #resting = true

  constructor(driver: () => Promise<Driver>, channel: string, scheduler: SchedulerLike) {
    this.#driver = driver
    this.#channel = channel
    this.#scheduler = scheduler
    this.own$ = this.#own.asObservable()
  }

  /** One notification is on its way at a time; it tells of all that was appended before it. */
  notify(): void {
    if (this.#sending === undefined) this.#sending = this.#send()
    else this.#pending = true
    this.#own.next()
  }

  /** Tells what is left without a rest; resolves when nothing is. */
  async idle(): Promise<void> {
    this.#resting = false
    this.#endRest?.()
    await this.#sending
  }

  async #rest(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#endRest = resolve
    const timer = this.#scheduler.schedule(() => resolve(), REST)
    await promise
    timer.unsubscribe()
  }

  async #send(): Promise<void> {
    for (;;) {
      this.#pending = false
      try {
        await (await this.#driver()).query('SELECT pg_notify($1, $2)', [this.#channel, this.sender])
      } catch {
        // The append has been stored: that nobody hears of it at once is not its failure.
      }
      if (!this.#pending) break
      if (this.#resting) await this.#rest()
    }
    this.#sending = undefined
  }
}
