import { HandlerError, type LogEvent, ProjectionError } from '../../../operators/model/index.ts'

/** A page of several events failed: what it did is undone, and its events are to be handled one by one. */
export class FailedPage {
  readonly page: readonly LogEvent[]
  /** Why it failed; where the handler failed, it says on which event, as far as that is known. */
  readonly cause: unknown

  constructor(page: readonly LogEvent[], cause: unknown) {
    this.page = page
    this.cause = cause
  }
}

/** Remembers up to where events are handled one by one, since they were in a page that failed. */
export class PageParts {
  private through = 0

  /**
   * The error of a page that failed: a {@link FailedPage} where each of its events may fare better by itself. What a store
   * or a lease says of itself is nothing that an event has done.
   */
  failed(page: readonly LogEvent[], cause: unknown): unknown {
    if (page.length < 2 || (cause instanceof ProjectionError && !(cause instanceof HandlerError))) return cause
    this.through = page[page.length - 1]!.id
    return new FailedPage(page, cause)
  }

  /** What of a page is handled as one: all of it, or each event of a page that failed, and then the rest. */
  readonly of = (page: readonly LogEvent[]): readonly (readonly LogEvent[])[] => {
    if (page[0]!.id > this.through) return [page]
    const parts: (readonly LogEvent[])[] = []
    for (const event of page) if (event.id <= this.through) parts.push([event])
    if (parts.length < page.length) parts.push(page.slice(parts.length))
    return parts
  }
}
