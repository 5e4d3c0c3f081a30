import type { Observable, SchedulerLike } from 'rxjs'
import type { Row, Session, Value } from './driver/Driver.ts'

/** How long an answer is waited for at the least, in ms: a server may be slow. */
const PATIENCE = 5_000

/**
 * The session that a store's leases are held in. It is asked one thing at a time, and given up when it does not answer for as
 * long as a lease lasts: a connection whose other end is gone may hang for a quarter of an hour before TCP notices.
 */
export class LeaseSession {
  readonly ended$: Observable<unknown>
  alive = true
  readonly #session: Session
  readonly #scheduler: SchedulerLike
  /** Ends when the question does that was asked last. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(session: Session, scheduler: SchedulerLike) {
    this.#session = session
    this.#scheduler = scheduler
    this.ended$ = session.ended$
    this.ended$.subscribe(() => {
      this.alive = false
    })
  }

  /** Asks when all has been answered that was asked before. */
  ask(text: string, values: readonly Value[], ttl = 0): Promise<readonly Row[]> {
    const answer = this.#turn.then(() => this.#answerWithin(Math.max(ttl, PATIENCE), text, values))
    this.#turn = answer.catch(() => undefined)
    return answer
  }

  close(): Promise<void> {
    return this.#session.close()
  }

  async #answerWithin(ms: number, text: string, values: readonly Value[]): Promise<readonly Row[]> {
    const hung = this.#scheduler.schedule(() => this.#session.cut(), ms)
    try {
      return await this.#session.query(text, values)
    } finally {
      hung.unsubscribe()
    }
  }
}
