import type { EventLog, EventReader, LogPage, MaybePromise, OpenStore, ReadOptions } from 'rx-projection'
import { filter } from 'rxjs'
import { observerCount } from '../../runtime/support/observerCount.ts'
import type { VirtualTime } from '../../runtime/support/VirtualTime.ts'
import type { AppendAt } from './arbitraries.ts'

/** What can go wrong with a log. */
export interface LogTrouble {
  /** Reads that throw. */
  readonly broken: () => boolean
  /** Reads from which an event is missing that lies between two others: it is there at the next read. */
  readonly holes: () => boolean
}

/** A log in which appends happen by a plan, seen through a connection that loses hints, breaks, and shows holes. */
export class Log {
  readonly events: EventReader
  /** How many listen to its hints. */
  readonly listeners: () => number
  private readonly store: OpenStore
  private readonly trouble: LogTrouble
  private hinting = true
  /** The log's events: their id and their stream. */
  private readonly all: { id: number; stream: string }[] = []

  constructor(store: OpenStore, trouble: LogTrouble) {
    this.store = store
    this.trouble = trouble
    const counted = observerCount(store.events.hints$.pipe(filter(() => this.hinting)))
    this.listeners = () => counted.observers
    this.events = { read: (options) => this.read(options), hints$: counted.observable }
  }

  /** Lets the appends happen at their times. */
  plan(time: VirtualTime, appends: readonly AppendAt[]): void {
    for (const { at, ...append } of appends) time.at(at, () => this.append(append))
  }

  append({ count, stream, hint }: Omit<AppendAt, 'at'>): void {
    this.hinting = hint
    const events = Array.from({ length: count }, (_, n) => ({ type: 'Noted', payload: { n } }))
    for (const _ of events) this.all.push({ id: this.all.length + 1, stream })
    ;(this.store.events as EventLog).append(stream, events)
    this.hinting = true
  }

  /** The ids that a projection of these streams has seen when it is at an offset. */
  expectedAt(streams: readonly string[] | undefined, offset = Infinity): number[] {
    const ids: number[] = []
    for (const { id, stream } of this.all) {
      if (id <= offset && (streams === undefined || streams.includes(stream))) ids.push(id)
    }
    return ids
  }

  private read(options: ReadOptions): MaybePromise<LogPage> {
    if (this.trouble.broken()) throw new Error('the read fails')
    const page = this.store.events.read(options) as LogPage
    // Between two others: there a hole shows, whatever the page says of what it was asked after.
    if (page.events.length < 3 || !this.trouble.holes()) return page
    return { ...page, events: page.events.toSpliced(page.events.length - 2, 1) }
  }
}
