import type { LogHole } from '../../operators/model/index.ts'
import type { Stretch } from './Stretch.ts'

/** A read of which several wait for the page. */
export class SharedRead {
  /** The log has been asked. Whoever joins later may get what was true before. */
  begun = false
  /** What the log has told of missing positions so far: also a read that fails may tell. */
  readonly holes: LogHole[] = []
  #limit: number
  #waiting = 0
  #settled = false
  readonly #aborter = new AbortController()
  readonly #answer = Promise.withResolvers<Stretch>()
  readonly #closed: () => void

  /**
   * @param limit how many events are asked for.
   * @param closed called when nobody may join any more: the read was answered, or somebody has given up waiting.
   */
  constructor(limit: number, closed: () => void) {
    this.#limit = limit
    this.#closed = closed
    const settle = (): void => {
      this.#settled = true
      this.#closed()
    }
    this.#answer.promise.then(settle, settle)
  }

  get limit(): number {
    return this.#limit
  }

  /** Asks for so many events at the least, where the log has not been asked. */
  widen(limit: number): void {
    this.#limit = Math.max(this.#limit, limit)
  }

  /** How many wait for the answer. */
  get waiting(): number {
    return this.#waiting
  }

  /** Aborted when the last of those who wait gives up. */
  get signal(): AbortSignal {
    return this.#aborter.signal
  }

  /** Asks the log, unless all have given up waiting. */
  begin(read: () => Stretch | PromiseLike<Stretch>): void {
    if (this.signal.aborted) return
    this.begun = true
    try {
      this.#answer.resolve(read())
    } catch (error) {
      this.#answer.reject(error)
    }
  }

  /**
   * Waits for the answer. When the signal is aborted it rejects with the signal's reason, while the others wait on; a read that one
   * of them has given up is not joined any more.
   */
  join(signal: AbortSignal | undefined): Promise<Stretch> {
    this.#waiting++
    const { promise } = this.#answer
    if (signal === undefined) return promise
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        reject(signal.reason)
        if (this.#settled) return
        this.#closed()
        if (--this.#waiting === 0) this.#aborter.abort(signal.reason)
      }
      if (signal.aborted) {
        leave()
        return
      }
      signal.addEventListener('abort', leave, { once: true })
      promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave))
    })
  }
}
