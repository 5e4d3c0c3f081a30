import type { LogEvent } from '../model/event.ts'
import { type EventMark, isMarkOf, markOf } from '../model/mark.ts'
import { isOffset } from '../model/position.ts'
import type { LogPage, ReadOptions } from '../ports/events.ts'
import { checkPage } from './checkPage.ts'
import { LogMismatchError } from './LogMismatchError.ts'

/** Finds out whether a log is still the one that was read before: whether it holds the same event at the same position. */
export class MarkCheck {
  #mark: EventMark | undefined
  #isDue: boolean

  constructor(mark: EventMark | undefined) {
    this.#mark = mark
    this.#isDue = mark !== undefined
  }

  /** Whether the log has to be asked before anything else is read. */
  get isDue(): boolean {
    return this.#isDue
  }

  /** The position that is asked about. */
  get position(): number | undefined {
    return this.#mark?.position
  }

  /** The log may be another one from now on. */
  demand(): void {
    this.#isDue = this.#mark !== undefined
  }

  /** An event was given out: the next check is of that one. */
  passed(event: LogEvent): void {
    this.#mark = markOf(event)
  }

  /** What to ask the log, of all its streams. Whoever demands another check meanwhile gets one of its own. */
  question(): ReadOptions {
    this.#isDue = false
    return { after: this.#mark!.position - 1, limit: 1 }
  }

  /**
   * Looks at the answer. `true`: nothing speaks against the log. `false`: what is at the position is not decided yet, so it has
   * to be asked again.
   *
   * @throws {LogMismatchError} another event is there.
   * @throws {InvalidPageError} the answer is no page.
   */
  passes(page: LogPage): boolean {
    const mark = this.#mark!
    const { position } = mark
    // The log has become shorter. The next page says so, with the position to continue after.
    if (isOffset(page?.head) && page.head < position) return true
    checkPage(page, position - 1)
    const event = page.events[0] as LogEvent | undefined
    if (event?.id === position) {
      if (!isMarkOf(mark, event)) throw new LogMismatchError({ expected: mark, actual: markOf(event) })
      return true
    }
    if (page.through >= position) return true
    this.#isDue = true
    return false
  }
}
