import { HandlerError, type LogEvent, ProjectionError } from '../../../operators/model/index.ts'
import type { PartsOfPage } from '../../../operators/processing/ProcessStage.ts'

type Page = readonly LogEvent[]

/**
 * Parts the pages of a projector. A page that fails is handled again event by event, and so are its events after a retry, until
 * all of them have passed: so only the poison event fails by itself.
 */
export class PageParts implements PartsOfPage {
  /** The last event of the page that failed last. */
  #through = 0
  readonly #onFailedPage: (page: Page, cause: unknown) => void

  /** @param onFailedPage called with each page that failed as a whole, and why. */
  constructor(onFailedPage: (page: Page, cause: unknown) => void) {
    this.#onFailedPage = onFailedPage
  }

  /** What of a page is handled as one: all of it, or each event of a page that failed, and then the rest. */
  readonly of = (page: Page): readonly Page[] => {
    if (page[0]!.id > this.#through) return [page]
    const parts: Page[] = []
    for (const event of page) if (event.id <= this.#through) parts.push([event])
    if (parts.length < page.length) parts.push(page.slice(parts.length))
    return parts
  }

  /** Its events, where each of them may fare better by itself. A failure that a store or a lease reports of itself is no event's. */
  readonly afterFailure = (page: Page, cause: unknown): readonly Page[] | undefined => {
    if (page.length < 2 || (cause instanceof ProjectionError && !(cause instanceof HandlerError))) return undefined
    this.#through = page[page.length - 1]!.id
    this.#onFailedPage(page, cause)
    return page.map((event) => [event])
  }
}
