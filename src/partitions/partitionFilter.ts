import { share, tap } from 'rxjs'
import type { LogEvent } from '../../operators/model/index.ts'
import { chain } from '../../operators/model/maybePromise.ts'
import type { EventReader, LogPage } from '../../operators/ports/index.ts'
import { PageEnds } from './PageEnds.ts'
import { partitionOf } from './partitionOf.ts'

/** Of how many streams the partition is remembered: there may be any number of them. */
const REMEMBERED = 10_000

/**
 * Gives each partition a log of its own: its events of the pages of a log, each linked to the one before it.
 *
 * `whole` of such a log is the one that is filtered: a run asks it for its last event, which may be another partition's by now.
 *
 * @param partitions how many there are.
 * @returns a function that gives the log of one, from 0 up to `partitions - 1`.
 */
export function partitionFilter(log: EventReader, partitions: number): (partition: number) => EventReader {
  const pages = new FilteredPages(partitions)
  /** How often the connection to the log was there again: what was asked before may be of another log. */
  let connections = 0
  const { hints$ } = log
  const reconnects$ = log.reconnects$?.pipe(
    tap(() => {
      connections++
      pages.forget()
    }),
    share(),
  )
  return (partition) => ({
    read(options) {
      const { after } = options
      const asked = connections
      return chain(log.read(options), (page) => {
        if (asked === connections) pages.note(page, after)
        return pages.of(partition, page, after)
      })
    },
    ...(hints$ && { hints$ }),
    ...(reconnects$ && { reconnects$ }),
    whole: log.whole ?? log,
  })
}

/** Takes pages apart, and remembers what all partitions have to know for that. */
class FilteredPages {
  readonly #partitions: number
  readonly #ends = new PageEnds()
  readonly #partitionsOfStreams = new Map<string, number>()

  constructor(partitions: number) {
    this.#partitions = partitions
  }

  note(page: LogPage, after: number): void {
    this.#ends.note(page, after)
  }

  forget(): void {
    this.#ends.forget()
  }

  /** A partition's events of a page after a position, each linked to the one before it. */
  of(partition: number, { events, through, head }: LogPage, after: number): LogPage {
    const own: LogEvent[] = []
    // Lost: some event between here and the one before. Then it must not be linked, for it does not follow.
    let previous: number | undefined = after
    let last = this.#ends.lastBefore(after)
    for (const event of events as readonly LogEvent[]) {
      // What the log itself is missing must not be hidden by what is left out here.
      const linked = event.previous ?? event.id - 1
      const isLinked = linked <= last || (event.previous !== undefined && linked <= after)
      if (!isLinked) previous = linked > after ? linked : undefined
      last = event.id
      if (this.#partitionOf(event.stream) !== partition) continue
      own.push({ ...event, previous })
      previous = event.id
    }
    return { events: own as unknown as LogPage['events'], through, head }
  }

  #partitionOf(stream: string): number {
    let partition = this.#partitionsOfStreams.get(stream)
    if (partition === undefined) {
      partition = partitionOf(stream, this.#partitions)
      if (this.#partitionsOfStreams.size >= REMEMBERED) this.#partitionsOfStreams.clear()
      this.#partitionsOfStreams.set(stream, partition)
    }
    return partition
  }
}
