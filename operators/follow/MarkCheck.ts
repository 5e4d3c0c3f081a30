import type { LogEvent } from '../model/event.ts'
import { type EventMark, isMarkOf, markOf } from '../model/mark.ts'
import { isOffset } from '../model/position.ts'
import type { LogPage, ReadOptions } from '../ports/events.ts'
import { checkPage } from './checkPage.ts'
import { LogMismatchError } from './LogMismatchError.ts'

/** Checks whether a log is still the one that was read before: whether it holds the same event at the same position. */
export class MarkCheck {
  #mark: EventMark | undefined
  #isDue: boolean

  constructor(mark: EventMark | undefined) {
    this.#mark = mark
    this.#isDue = mark !== undefined
  }

  /** Whether the log must be checked before anything else is read. */
  get isDue(): boolean {
    return this.#isDue
  }

  /** The position to check. */
  get position(): number | undefined {
    return this.#mark?.position
  }

  /** Requires a check: the log may be another one from now on. */
  demand(): void {
    this.#isDue = this.#mark !== undefined
  }

  /** Records a delivered event: the next check is of that event. */
  passed(event: LogEvent): void {
    this.#mark = markOf(event)
  }

  /** The read to make, of all streams of the log. A check that is demanded meanwhile gets its own read. */
  question(): ReadOptions {
    this.#isDue = false
    return { after: this.#mark!.position - 1, limit: 1 }
  }

  /**
   * Evaluates the answer. `true`: the log can be the same. `false`: the event at the position is not decided yet, so the log
   * must be read again.
   *
   * @throws {LogMismatchError} another event is there.
   * @throws {InvalidPageError} the answer is not a page.
   */
  passes(page: LogPage): boolean {
    const mark = this.#mark!
    const { position } = mark
    // The log is shorter now. The next page reports that, with the position to continue after.
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
