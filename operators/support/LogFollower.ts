import type { SchedulerLike, Subscriber, Subscription } from 'rxjs'
import type { FollowLogOptions } from '../followLog.ts'
import { InvalidPageError } from '../model/errors/InvalidPageError.ts'
import { SnapshotAheadError } from '../model/errors/SnapshotAheadError.ts'
import type { EventType, LogEvent, Recorded } from '../model/event.ts'
import { isPromiseLike } from '../model/maybePromise.ts'
import { isOffset, isPosition } from '../model/position.ts'
import type { MaybePromise } from '../model/projection.ts'
import type { EventReader, LogPage } from '../model/store.ts'
import { deliver, Gate } from './demand.ts'

/** How much synchronous work is done at a stretch, in ms, before the event loop gets its turn. */
const STRETCH = 20

type Options = Required<Pick<FollowLogOptions, 'after' | 'pageSize' | 'catchUpAfter'>> &
  Pick<FollowLogOptions, 'streams' | 'onProgress'>

/** Reads a log for one subscription of `followLog`. Either it is reading, in a loop, or it waits with one timer. */
export class LogFollower<E extends EventType> {
  /** Up to where the log has been read. */
  #through: number
  /** The last event that was given out. */
  #given: number
  #reading = false
  /** A hint came during a read. */
  #hinted = false
  #timer: Subscription | undefined
  #stretchBegan = 0
  readonly #gate = new Gate()
  readonly #aborter = new AbortController()
  readonly #log: EventReader<E>
  readonly #subscriber: Subscriber<readonly Recorded<E>[]>
  readonly #options: Options
  readonly #scheduler: SchedulerLike

  constructor(
    log: EventReader<E>,
    subscriber: Subscriber<readonly Recorded<E>[]>,
    options: Options,
    scheduler: SchedulerLike,
  ) {
    this.#log = log
    this.#subscriber = subscriber
    this.#options = options
    this.#scheduler = scheduler
    this.#through = this.#given = options.after
  }

  start(): void {
    const log = this.#log,
      subscriber = this.#subscriber
    subscriber.add(() => {
      this.#timer?.unsubscribe()
      this.#aborter.abort()
    })
    // Before the first read: what is appended behind that read's back is hinted at, and read.
    this.#reading = true
    subscriber.add(
      log.hints$?.subscribe({ next: () => this.#hint(), error: (error: unknown) => subscriber.error(error) }),
    )
    this.#read()
  }

  #hint(): void {
    if (this.#reading) this.#hinted = true
    else this.#read()
  }

  #read(): void {
    this.#reading = true
    this.#timer?.unsubscribe()
    this.#timer = undefined
    this.#stretchBegan = this.#scheduler.now()
    this.#readOn()
  }

  #readOn(): void {
    while (!this.#subscriber.closed) {
      if (this.#scheduler.now() - this.#stretchBegan >= STRETCH) {
        this.#timer = this.#scheduler.schedule(() => this.#read())
        return
      }
      this.#hinted = false
      let asked: MaybePromise<LogPage<E>>
      try {
        asked = this.#ask()
      } catch (error) {
        this.#subscriber.error(error)
        return
      }
      const now = isPromiseLike(asked) ? this.#arrivedNow(asked) : { page: asked }
      if (now === undefined || !this.#take(now.page)) return
    }
  }

  /** A page that a foreign promise has given while it was asked; any other is taken when it arrives. */
  #arrivedNow(asked: PromiseLike<LogPage<E>>): { readonly page: LogPage<E> } | undefined {
    let returned = false
    let now: { readonly page: LogPage<E> } | undefined
    const fail = (error: unknown): void => this.#subscriber.error(error)
    try {
      asked.then((page) => {
        if (!returned) now = { page }
        else if (this.#take(page)) this.#readOn()
      }, fail)
    } catch (error) {
      fail(error)
    }
    returned = true
    return now
  }

  #ask(): MaybePromise<LogPage<E>> {
    const { streams, pageSize } = this.#options
    const { signal } = this.#aborter
    return this.#log.read({ after: this.#through, limit: pageSize, ...(streams && { streams }), signal })
  }

  /** Hands a page down; whether to read on at once. */
  #take(page: LogPage<E>): boolean {
    if (this.#subscriber.closed) return false
    const before = this.#through
    let events: readonly Recorded<E>[]
    try {
      checkPage(page, before)
      events = this.#linked(page.events)
    } catch (error) {
      this.#subscriber.error(error)
      return false
    }
    this.#through = page.through
    if (events.length > 0) {
      this.#given = (events[events.length - 1] as LogEvent).id
      deliver(this.#gate, this.#subscriber, events)
    }
    const moved = page.through > before
    if (!this.#gate.held) return this.#dealtWith(page, moved)
    this.#gate.onceFree(() => {
      if (this.#dealtWith(page, moved)) this.#readOn()
    })
    return false
  }

  /** Says how far it is; whether to read on at once. If not, it waits for a hint or for its time. */
  #dealtWith({ through, head }: LogPage<E>, moved: boolean): boolean {
    if (this.#subscriber.closed) return false
    try {
      this.#options.onProgress?.({ through, head })
    } catch (error) {
      this.#subscriber.error(error)
      return false
    }
    // A page that did not move, below the head, waits for a decision that the store will hint at.
    if (this.#hinted || (moved && through < head)) return true
    this.#reading = false
    if (!this.#subscriber.closed) this.#timer = this.#scheduler.schedule(() => this.#read(), this.#options.catchUpAfter)
    return false
  }

  /** Links the first event of a page to the last one given out, where only other streams or proven holes lie between. */
  #linked(events: readonly Recorded<E>[]): readonly Recorded<E>[] {
    const first = events[0] as LogEvent | undefined
    if (first === undefined || this.#through === this.#given) return events
    const { previous = first.id - 1 } = first
    if (!(previous > this.#given)) return events
    const copy = events.slice()
    copy[0] = { ...first, previous: this.#given } as Recorded<E>
    return copy
  }
}

function checkPage(page: LogPage, after: number): void {
  const { events, through, head } = (page ?? {}) as Partial<LogPage>
  if (!isOffset(head)) throw new InvalidPageError('head', head, 'a position, or 0')
  if (head < after) throw new SnapshotAheadError(after, head)
  if (!Array.isArray(events)) throw new InvalidPageError('events', events, 'an array')
  if (events.length > 0 && !(isPosition(events[0]?.id) && isPosition(events.at(-1)?.id))) {
    throw new InvalidPageError('events', events, 'an array of events with positions')
  }
  const last = (events as readonly LogEvent[]).at(-1)?.id ?? after
  if (!isOffset(through) || through < last || through < after || through > head) {
    throw new InvalidPageError('through', through, `from ${Math.max(after, last)} to the head, ${head}`)
  }
}
