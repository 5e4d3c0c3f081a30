import { HandlerError, type LogEvent, ProjectionError } from '../../../operators/model/index.ts'
import type { PartsOfPage } from '../../../operators/processing/ProcessStage.ts'

type Page = readonly LogEvent[]

/**
 * Splits the pages of a projector. The events of a failed page are handled again one by one, also after a retry, until all of
 * them have passed. So only the poison event fails.
 */
export class PageParts implements PartsOfPage {
  /** The last event of the page that failed most recently. */
  #through = 0
  readonly #onFailedPage: (page: Page, cause: unknown) => void

  /** @param onFailedPage called with each page that failed as a whole, and the cause. */
  constructor(onFailedPage: (page: Page, cause: unknown) => void) {
    this.#onFailedPage = onFailedPage
  }

  /** Splits a page into the parts that are handled together: the whole page, or each event of a failed page and then the rest. */
  readonly of = (page: Page): readonly Page[] => {
    if (page[0]!.id > this.#through) return [page]
    const parts: Page[] = []
    for (const event of page) if (event.id <= this.#through) parts.push([event])
    if (parts.length < page.length) parts.push(page.slice(parts.length))
    return parts
  }

  /**
   * Splits a failed page into its events, if single events may succeed. A failure of a store or a lease is not caused by an
   * event.
   */
  readonly afterFailure = (page: Page, cause: unknown): readonly Page[] | undefined => {
    if (page.length < 2 || (cause instanceof ProjectionError && !(cause instanceof HandlerError))) return undefined
    this.#through = page[page.length - 1]!.id
    this.#onFailedPage(page, cause)
    return page.map((event) => [event])
  }
}
