import { asyncScheduler, defer, finalize, Observable, type SchedulerLike, share, tap } from 'rxjs'
import { checkPage } from '../../operators/follow/checkPage.ts'
import type { LogHole, MaybePromise } from '../../operators/model/index.ts'
import { chain, isPromiseLike } from '../../operators/model/maybePromise.ts'
import { isOffset } from '../../operators/model/position.ts'
import type { EventReader, LogPage, ReadOptions } from '../../operators/ports/index.ts'
import { isFreshRead } from './freshRead.ts'
import { KeptPages } from './KeptPages.ts'
import { News } from './News.ts'
import { Pace } from './Pace.ts'
import { type Selection, Selections } from './Selections.ts'
import { SharedRead } from './SharedRead.ts'
import { handOut, inHistory, type Stretch, tellHoles } from './Stretch.ts'

/**
 * Puts one cache of pages in front of a log, for all who read it.
 *
 * 1. Readers that are near each other share a page's read, in history and at the head. One that is far behind reads for itself.
 * 2. All get the same event objects, so nobody may change them.
 * 3. A read that fails fails for all who wait for it; one whose `signal` is aborted ends for that reader alone.
 * 4. All are told of the holes in what they are given.
 * 5. `whole` is the log itself: whether it is still the same log is nothing that a cache can say.
 *
 * @param scheduler gives the turns in which the readers of a log that answers immediately wait for each other.
 */
export function sharedReader(log: EventReader, scheduler: SchedulerLike = asyncScheduler): PageCache {
  return new PageCache(log, scheduler)
}

/** What a question to the log needs beside what is asked for. */
interface Asking {
  readonly signal: AbortSignal | undefined
  /** Where the holes go that the log tells of. */
  readonly holes: LogHole[]
}

/** A log, behind a cache of its pages. */
export class PageCache implements EventReader {
  readonly hints$?: Observable<unknown>
  readonly reconnects$?: Observable<unknown>
  readonly whole: Pick<EventReader, 'read'>
  readonly #log: EventReader
  readonly #scheduler: SchedulerLike
  readonly #kept = new KeptPages()
  readonly #selections = new Selections()
  readonly #pace = new Pace()
  readonly #news = new News()
  /** The last position that the log is known to hold. */
  #head = 0
  /** How the log answered last. If by a promise, all who ask before it is asked again are worth waiting for. */
  #answers: 'later' | 'now' | undefined
  /** How many logs there may have been: what was asked of one is not kept when there is another. */
  #generation = 0
  /** Whether it would be noticed that there is another log: otherwise nothing is kept. */
  #isWatched: boolean

  constructor(log: EventReader, scheduler: SchedulerLike) {
    const { hints$, reconnects$ } = log
    this.#log = log
    this.#scheduler = scheduler
    this.whole = log.whole ?? log
    if (hints$ !== undefined) this.hints$ = this.#welcoming(this.#news.during(hints$).pipe(share()))
    if (reconnects$ !== undefined) this.reconnects$ = this.#watched(reconnects$).pipe(share())
    this.#isWatched = reconnects$ === undefined
  }

  /** The last position that the log holds; asked where it was seen last, so that no page is read for it. */
  head(): MaybePromise<number> {
    const known = this.#head
    const generation = this.#generation
    return chain(this.#log.read({ after: known, limit: 1 }), ({ head }) => {
      if (generation === this.#generation) this.#saw(head, known)
      return head
    })
  }

  read(options: ReadOptions): MaybePromise<LogPage> {
    const { after } = options
    const selection = this.#selections.of(options.streams)
    const isFresh = isFreshRead(options)
    if (!isFresh) {
      const found = this.#news.since(selection, after) ?? this.#kept.since(selection, options, this.#head)
      if (found !== undefined) {
        this.#pace.hasCompany()
        return handOut(found, options)
      }
    }
    const read = selection.reads.get(after)
    if (read === undefined) return this.#begin(selection, options)
    if (!read.begun) {
      read.widen(options.limit)
      return this.#waitFor(read, options)
    }
    if (isFresh || read.limit < options.limit) return this.#begin(selection, options)
    // Where it ends, at the head or before what is undecided, it may have missed what happened since it began.
    return this.#waitFor(read, options, isNew)
  }

  /** Waits for an answer that is good enough; for another one, where it is not. */
  #waitFor(read: SharedRead, options: ReadOptions, isGood?: (stretch: Stretch) => boolean): Promise<LogPage> {
    return read.join(options.signal).then(
      (stretch) => (isGood?.(stretch) === false ? this.read(options) : handOut(stretch, options)),
      (error) => {
        if (options.signal?.aborted !== true) tellHoles(read.holes, options, Infinity)
        throw error
      },
    )
  }

  #begin(selection: Selection, options: ReadOptions): MaybePromise<LogPage> {
    if (this.#answers === 'later')
      return this.#beginWhen((begin) => void Promise.resolve().then(begin), selection, options)
    if (this.#waitsAt(selection, options.after)) {
      return this.#beginWhen((begin) => this.#scheduler.schedule(begin), selection, options)
    }
    return this.#readNow(selection, options)
  }

  /** Leaves the others the time to join. */
  #beginWhen(later: (begin: () => void) => void, selection: Selection, options: ReadOptions): Promise<LogPage> {
    const read = this.#openRead(selection, options)
    later(() => {
      if (this.#answers === 'now') this.#pace.waited(read.waiting)
      read.begin(() => this.#ask(selection, { ...options, limit: read.limit }, read))
    })
    return this.#waitFor(read, options)
  }

  #openRead(selection: Selection, { after, limit }: ReadOptions): SharedRead {
    const { reads } = selection
    const read: SharedRead = new SharedRead(limit, () => {
      if (reads.get(after) === read) reads.delete(after)
    })
    reads.set(after, read)
    return read
  }

  /** Nobody can wait for a page that is there immediately; only of a log that never answered yet is that not known. */
  #readNow(selection: Selection, options: ReadOptions): MaybePromise<LogPage> {
    const { after, signal } = options
    const read = this.#answers === undefined ? this.#openRead(selection, options) : undefined
    const holes = read?.holes ?? []
    const failed = (error: unknown): never => {
      if (signal?.aborted !== true) tellHoles(holes, options, Infinity)
      throw error
    }
    let answer: MaybePromise<Stretch>
    try {
      answer = this.#ask(selection, options, read ?? { signal, holes })
    } catch (error) {
      if (read !== undefined) selection.reads.delete(after)
      return failed(error)
    }
    if (!isPromiseLike(answer)) {
      if (read !== undefined) selection.reads.delete(after)
      return handOut(answer, options)
    }
    const asked = answer
    if (read === undefined) return asked.then((stretch) => handOut(stretch, options), failed)
    read.begin(() => asked)
    return this.#waitFor(read, options)
  }

  /** Whether the page before was of history, so that others may want the next one in a moment. */
  #waitsAt(selection: Selection, after: number): boolean {
    const { newest } = this.#kept
    return (
      newest?.selection === selection && newest.page.through === after && inHistory(newest.page) && this.#pace.waits
    )
  }

  #ask(selection: Selection, { after, limit }: ReadOptions, { signal, holes }: Asking): MaybePromise<Stretch> {
    const { streams } = selection
    const generation = this.#generation
    const known = this.#head
    const news = this.#news.current
    const onHole = (hole: LogHole): void => void holes.push(hole)
    const answer = this.#log.read({ after, limit, ...(streams && { streams }), ...(signal && { signal }), onHole })
    this.#answers = isPromiseLike(answer) ? 'later' : 'now'
    return chain(answer, (page) => {
      const isCurrent = generation === this.#generation
      if (isCurrent && isOffset(page?.head)) this.#saw(page.head, known)
      // The log ends before: the reader that went further has to find out.
      if (page?.head < after) return { selection, after, page: { events: [], through: after, head: page.head }, holes }
      checkPage(page, after)
      const stretch = { selection, after, page, holes }
      // Who asks for one event only looks, so that a store passes over what it would not pass for a reader.
      if (!isCurrent || limit === 1) return stretch
      news?.push(stretch)
      if (this.#isWatched && page.through > after) this.#kept.keep(stretch)
      return stretch
    })
  }

  /** Takes a head, and the one that was known when it was asked for: a log that has become shorter may be another one. */
  #saw(head: number, known: number): void {
    if (head < known) {
      this.#forget()
      this.#head = head
    } else this.#head = Math.max(this.#head, head)
  }

  #forget(): void {
    this.#generation++
    this.#kept.clear()
    this.#selections.closeReads()
  }

  /** Nobody would notice a lost connection while nobody listens: what is kept then is of use to nobody. */
  #watched(reconnects$: Observable<unknown>): Observable<unknown> {
    return defer(() => {
      this.#forget()
      this.#isWatched = true
      return reconnects$.pipe(
        tap(() => this.#forget()),
        finalize(() => {
          this.#isWatched = false
          this.#forget()
        }),
      )
    })
  }

  #welcoming(hints$: Observable<unknown>): Observable<unknown> {
    return new Observable((reader) => {
      this.#pace.hasCompany()
      return hints$.subscribe(reader)
    })
  }
}

/** Whether an answer to an earlier question still says all that it said then. */
function isNew({ after, page }: Stretch): boolean {
  return page.through > after && inHistory(page)
}
