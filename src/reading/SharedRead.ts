import type { LogPage } from '../../operators/ports/index.ts'

/** A read of which several wait for the page. */
export class SharedRead {
  /** The log has been asked. Who joins later may be told what was true before. */
  begun = false
  #waiting = 0
  #settled = false
  readonly #aborter = new AbortController()
  readonly #page = Promise.withResolvers<LogPage>()
  readonly #closed: () => void

  /** @param closed told when nobody may join any more: it was answered, or somebody has given up waiting. */
  constructor(closed: () => void) {
    this.#closed = closed
    this.#page.promise.then(
      () => this.#settle(),
      () => this.#settle(),
    )
  }

  /** Aborted when the last of those who wait gives up. */
  get signal(): AbortSignal {
    return this.#aborter.signal
  }

  /** Asks the log, unless all have given up waiting. */
  begin(read: () => LogPage | PromiseLike<LogPage>): void {
    if (this.signal.aborted) return
    this.begun = true
    try {
      this.#page.resolve(read())
    } catch (error) {
      this.#page.reject(error)
    }
  }

  /** The log has been asked: this will be its answer. */
  answer(page: PromiseLike<LogPage>): void {
    this.begin(() => page)
  }

  /** Waits for the page, until a signal is aborted. A read that one of them has given up is not joined by others. */
  join(signal: AbortSignal | undefined): Promise<LogPage> {
    this.#waiting++
    if (signal === undefined) return this.#page.promise
    const leave = (): void => {
      if (this.#settled) return
      this.#closed()
      if (--this.#waiting === 0) this.#aborter.abort(signal.reason)
    }
    signal.addEventListener('abort', leave, { once: true })
    const stay = (): void => signal.removeEventListener('abort', leave)
    this.#page.promise.then(stay, stay)
    return this.#page.promise
  }

  #settle(): void {
    this.#settled = true
    this.#closed()
  }
}
