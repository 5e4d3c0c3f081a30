import { asyncScheduler, type SchedulerLike } from 'rxjs'
import type { EventReader, LogEvent, LogPage, MaybePromise, ReadOptions } from '../../operators/model/index.ts'
import { chain } from '../../operators/model/maybePromise.ts'
import { partitionOf } from './partitionOf.ts'

/** How many pages are kept: partitions that read history side by side are not far from each other. */
const KEPT = 4

interface Kept {
  readonly after: number
  readonly page: LogPage
}

/** A read that waits for its turn, so that others who want the same page can join it. */
interface Pending {
  readonly after: number
  readonly page: Promise<LogPage>
  begun: boolean
}

/**
 * Reads a log for several partitions that ask for the same streams and page sizes: a page of its history is read once, and
 * each partition takes its events out of it. They go through history side by side, a page at a turn of the event loop.
 */
export class SharedPages {
  private kept: readonly Kept[] = []
  private pending: Pending | undefined
  private readonly partitionsOfStreams = new Map<string, number>()
  private readonly log: EventReader
  private readonly partitions: number
  private readonly scheduler: SchedulerLike

  constructor(log: EventReader, partitions: number, scheduler: SchedulerLike = asyncScheduler) {
    this.log = log
    this.partitions = partitions
    this.scheduler = scheduler
  }

  /** The log as a partition sees it. */
  reader(partition: number): EventReader {
    const { hints$ } = this.log
    return {
      read: (options) => chain(this.read(options), (page) => this.of(partition, page, options.after)),
      ...(hints$ && { hints$ }),
    }
  }

  private read(options: ReadOptions): MaybePromise<LogPage> {
    const { after } = options
    // One that stops waiting must not end the read for the others.
    const { signal: _, ...shared } = options
    const kept = this.kept.find(({ after: from, page }) => from <= after && after < page.through)
    if (kept !== undefined) return kept.page
    const { pending } = this
    if (pending?.after === after) {
      if (!pending.begun) return pending.page
      // At the head it may have missed what was appended since it began.
      return pending.page.then((page) => (inHistory(page) ? page : this.readNow(shared)))
    }
    return this.kept[0]?.page.through === after ? this.readLater(shared) : this.readNow(shared)
  }

  private readNow(options: ReadOptions): MaybePromise<LogPage> {
    return chain(this.log.read(options), (page) => {
      // A page that ends before the head will never hold anything else; one at the head is read anew each time.
      if (inHistory(page)) this.kept = [{ after: options.after, page }, ...this.kept].slice(0, KEPT)
      return page
    })
  }

  private readLater(options: ReadOptions): Promise<LogPage> {
    const page = new Promise<LogPage>((resolve, reject) => {
      this.scheduler.schedule(() => {
        pending.begun = true
        try {
          resolve(this.readNow(options))
        } catch (error) {
          reject(error)
        }
      })
    }).finally(() => {
      if (this.pending === pending) this.pending = undefined
    })
    const pending: Pending = { after: options.after, page, begun: false }
    this.pending = pending
    return page
  }

  /** A partition's events of a page after a position, each linked to the one before it. */
  private of(partition: number, { events, through, head }: LogPage, after: number): LogPage {
    const own: LogEvent[] = []
    let previous = after
    let last = after
    for (const event of events as readonly LogEvent[]) {
      if (event.id <= after) continue
      // What the log itself is missing must not be hidden by what is left out here.
      const linked = event.previous ?? event.id - 1
      if (linked > last) previous = linked
      last = event.id
      if (this.partitionOf(event.stream) !== partition) continue
      own.push({ ...event, previous })
      previous = event.id
    }
    return { events: own as unknown as LogPage['events'], through, head }
  }

  private partitionOf(stream: string): number {
    let partition = this.partitionsOfStreams.get(stream)
    if (partition === undefined) {
      partition = partitionOf(stream, this.partitions)
      // Streams may be without number: only the last ones are remembered.
      if (this.partitionsOfStreams.size >= 10_000) this.partitionsOfStreams.clear()
      this.partitionsOfStreams.set(stream, partition)
    }
    return partition
  }
}

function inHistory({ through, head }: LogPage): boolean {
  return through < head
}
