import { type Observable, Subject } from 'rxjs'

/** Knows when a connection was lost, and says when there is one again: the server may be another one by then. */
export class Reconnects {
  /** Emits when a new connection has been made after one was lost, before anything is asked on it. */
  readonly reconnected$: Observable<void>
  readonly #reconnected = new Subject<void>()
  #lost = false

  constructor() {
    this.reconnected$ = this.#reconnected.asObservable()
  }

  /** To be called when a connection was lost. */
  lost(): void {
    this.#lost = true
  }

  /** To be called when a new connection has been made. */
  connected(): void {
    if (!this.#lost) return
    this.#lost = false
    this.#reconnected.next()
  }

  end(): void {
    this.#reconnected.complete()
  }
}
