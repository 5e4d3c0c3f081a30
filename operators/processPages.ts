import type { OperatorFunction } from 'rxjs'
import { checkFunction } from './kernel/arguments.ts'
import { operate } from './kernel/operate.ts'
import { StaleEventError } from './model/errors/StaleEventError.ts'
import type { EventType, LogEvent, OneOrMany, Recorded } from './model/event.ts'
import type { MaybePromise } from './model/projection.ts'
import {
  checkProcessOptions,
  type PartsOfPage,
  type ProcessOptions,
  ProcessStage,
  type Unit,
} from './processing/ProcessStage.ts'

type Page = readonly LogEvent[]

const pages: Unit<Page> = {
  all: (item) => (Array.isArray(item) ? (item.length === 0 ? [] : [item]) : [[item as LogEvent]]),
  first: (page) => page[0]!,
  end: (page, position) => {
    let last = position
    for (let index = 0; index < page.length; index++) {
      const event = page[index]!
      const id = (event as LogEvent | null | undefined)?.id as number
      if (!(id > last)) throw new StaleEventError(event, last)
      last = id
    }
    return last
  },
}

/**
 * Handles events a page at a time, for set-based side effects, and saves the position after each success.
 *
 *     source:  --[ab]-----[c]----|
 *     processPages(insertAll, { savePosition })     insertAll and savePosition take one frame each
 *     output:  ----2--------3----|
 *
 * It works like {@link processEvents}, with a page instead of an event: `process(events)` runs, then `savePosition` with the
 * position of the page's last event, then that position is emitted. If a page fails, the output errors with a
 * {@link HandlerError} that names the page's first event, and has the position of its last event as `through`. A handler that
 * can identify the failed event throws its own `HandlerError`. A single event is a page of one.
 *
 * @throws {TypeError | RangeError} names the invalid argument.
 */
export function processPages<E extends EventType = EventType>(
  process: (events: readonly Recorded<E>[]) => MaybePromise<unknown>,
  options: ProcessOptions,
): OperatorFunction<OneOrMany<LogEvent>, number> {
  checkFunction('process', process)
  checkProcessOptions(options)
  const handle = process as unknown as (events: Page) => MaybePromise<unknown>
  const { parts } = options
  const units = parts === undefined ? pages : partedPages(parts)
  return operate((output) => new ProcessStage(output, units, handle, options))
}

function partedPages({ of, afterFailure }: PartsOfPage): Unit<Page> {
  return { ...pages, all: (item) => pages.all(item).flatMap(of), afterFailure }
}
