import { asyncScheduler, Observable, type SchedulerLike, share, tap } from 'rxjs'
import type { LogEvent, MaybePromise } from '../../operators/model/index.ts'
import { chain, isPromiseLike } from '../../operators/model/maybePromise.ts'
import type { EventReader, LogPage, ReadOptions } from '../../operators/ports/index.ts'
import { PageEnds } from './PageEnds.ts'
import { partitionOf } from './partitionOf.ts'
import { SharedRead } from './SharedRead.ts'

/** How many events are kept, in pages as long as a read may be: partitions are not far from each other. */
const KEPT = 4

interface Kept {
  readonly after: number
  readonly page: LogPage
}

/**
 * Reads a log for several partitions that ask for the same streams and page sizes: a page is read once, in history and at the
 * head, and each partition takes its events out of it. They go through history side by side, a page at a turn of the event loop.
 */
export class SharedPages {
  private kept: readonly Kept[] = []
  /** The head that was seen last. */
  private seen = 0
  /** By the position that they read after. */
  private readonly readings = new Map<number, SharedRead>()
  /** Whether the log's last answer was a promise: then all who ask before it is asked again are worth waiting for. */
  private answersLater = false
  /** While partitions are told of one hint: the page at the head that was read since. */
  private news: { told?: Kept } | undefined
  private readonly ends = new PageEnds()
  private readonly partitionsOfStreams = new Map<string, number>()
  private readonly log: EventReader
  private readonly partitions: number
  private readonly scheduler: SchedulerLike
  private readonly hints$: Observable<unknown> | undefined
  private readonly reconnects$: Observable<unknown> | undefined
  /** How often the connection to the log was there again: what was asked before may be of another log. */
  private connections = 0

  constructor(log: EventReader, partitions: number, scheduler: SchedulerLike = asyncScheduler) {
    this.log = log
    this.partitions = partitions
    this.scheduler = scheduler
    this.hints$ = log.hints$ && this.told(log.hints$).pipe(share())
    this.reconnects$ = log.reconnects$?.pipe(
      tap(() => this.forget()),
      share(),
    )
  }

  /** The log as a partition sees it. */
  reader(partition: number): EventReader {
    const { hints$, reconnects$, log } = this
    return {
      read: (options) => chain(this.read(options), (page) => this.of(partition, page, options.after)),
      ...(hints$ && { hints$ }),
      ...(reconnects$ && { reconnects$ }),
      whole: log.whole ?? log,
    }
  }

  /** The last position that the log holds; asked where it was seen last, so that no page is read for it. */
  head(): MaybePromise<number> {
    return chain(this.log.read({ after: this.seen, limit: 1 }), ({ head }) => head)
  }

  /** All partitions are told of a hint at a stretch, and what one of them reads then is new enough for the others. */
  private told(hints$: Observable<unknown>): Observable<unknown> {
    return new Observable((partitions) =>
      hints$.subscribe({
        next: (hint) => {
          this.news = {}
          partitions.next(hint)
          this.news = undefined
        },
        error: (error) => partitions.error(error),
        complete: () => partitions.complete(),
      }),
    )
  }

  private read(options: ReadOptions): MaybePromise<LogPage> {
    const { after } = options
    const page = this.keptAfter(after)
    if (page !== undefined) return page
    const reading = this.readings.get(after)
    if (reading === undefined) return this.begin(options)
    const answer = reading.join(options.signal)
    if (!reading.begun) return answer
    // Where it ends, at the head or before what is undecided, it may have missed what happened since it began.
    return answer.then((page) => (page.through > after && inHistory(page) ? page : this.read(options)))
  }

  /** A kept page that is of use to who wants what comes after a position. */
  private keptAfter(after: number): LogPage | undefined {
    const holds = (kept: Kept): boolean => kept.after <= after && after < kept.page.through
    const told = this.news?.told
    if (told !== undefined && (holds(told) || told.after === after)) return told.page
    // What it holds stays true for ever, but not that it ends at the head.
    const kept = this.kept.find((one) => holds(one) && one.page.through < Math.max(one.page.head, this.seen))
    return kept && { ...kept.page, head: Math.max(kept.page.head, this.seen) }
  }

  private begin(options: ReadOptions): MaybePromise<LogPage> {
    const { after } = options
    const newest = this.kept[0]?.page
    if (this.answersLater) return this.beginWhen((begin) => void Promise.resolve().then(begin), options)
    if (newest !== undefined && inHistory(newest) && newest.through === after) {
      return this.beginWhen((begin) => this.scheduler.schedule(begin), options)
    }
    const reading = this.shared(after)
    // One that stops waiting must not end the read for the others.
    const page = this.readNow({ ...options, signal: reading.signal })
    if (!isPromiseLike(page)) return page
    this.readings.set(after, reading)
    reading.answer(page)
    return reading.join(options.signal)
  }

  /** Leaves the others the time to join. */
  private beginWhen(later: (begin: () => void) => void, options: ReadOptions): Promise<LogPage> {
    const reading = this.shared(options.after)
    this.readings.set(options.after, reading)
    later(() => reading.begin(() => this.readNow({ ...options, signal: reading.signal })))
    return reading.join(options.signal)
  }

  private shared(after: number): SharedRead {
    const reading: SharedRead = new SharedRead(() => {
      if (this.readings.get(after) === reading) this.readings.delete(after)
    })
    return reading
  }

  private readNow(options: ReadOptions): MaybePromise<LogPage> {
    const { news, connections } = this
    const answer = this.log.read(options)
    this.answersLater = isPromiseLike(answer)
    return chain(answer, (page) => {
      if (connections !== this.connections) return page
      const kept = { after: options.after, page }
      this.ends.note(page, options.after)
      if (news !== undefined) news.told = kept
      this.keep(kept, options.limit)
      return page
    })
  }

  /** Each partition looks whether the log is still the same; what it reads then comes from there. */
  private forget(): void {
    this.connections++
    this.kept = []
    this.readings.clear()
    this.ends.forget()
  }

  private keep(newest: Kept, limit: number): void {
    const { after, page } = newest
    // What was kept of a log that has been cut short may be of another one by now.
    if (page.head < this.seen) this.kept = []
    this.seen = page.head
    if (page.through <= after) return
    let room = KEPT * limit
    this.kept = [newest, ...this.kept].filter(({ page: { events } }, index) => {
      room -= Math.max(1, events.length)
      return index === 0 || room >= 0
    })
  }

  /** A partition's events of a page after a position, each linked to the one before it. */
  private of(partition: number, { events, through, head }: LogPage, after: number): LogPage {
    const own: LogEvent[] = []
    // Lost: some event between here and the one before. Then it must not be linked, for it does not follow.
    let previous: number | undefined = after
    let last = this.ends.lastBefore(after)
    for (const event of events as readonly LogEvent[]) {
      if (event.id <= after) continue
      // What the log itself is missing must not be hidden by what is left out here.
      const linked = event.previous ?? event.id - 1
      const isLinked = linked <= last || (event.previous !== undefined && linked <= after)
      if (!isLinked) previous = linked > after ? linked : undefined
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
