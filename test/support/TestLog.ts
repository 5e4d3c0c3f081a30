import type { EventReader, LogEvent, LogPage, MaybePromise, ReadOptions } from 'rx-projection/operators'
import { type SchedulerLike, Subject, VirtualTimeScheduler } from 'rxjs'

/** A log that a test writes, and whose reads it sees. It holds what it is given, also holes. */
export class TestLog implements EventReader {
  readonly reads: ReadOptions[] = []
  readonly hints$: Subject<unknown> = new Subject()
  /** The position up to which events have been decided; the last event's where absent. */
  head: number | undefined
  private readonly held: LogEvent[]

  constructor(...events: readonly LogEvent[]) {
    this.held = [...events]
  }

  get events(): this {
    return this
  }

  /** Puts events at the end, without a hint. */
  put(...events: readonly LogEvent[]): void {
    this.held.push(...events)
  }

  /** Puts events at the end, and hints at them. */
  append(...events: readonly LogEvent[]): void {
    this.put(...events)
    this.hints$.next('news')
  }

  read(options: ReadOptions): MaybePromise<LogPage> {
    this.reads.push(options)
    return this.pageOf(options)
  }

  pageOf({ after, limit, streams }: ReadOptions): LogPage {
    const head = this.head ?? this.held.at(-1)?.id ?? 0
    const wanted = this.held.filter(({ id, stream }) => id > after && id <= head && (streams?.includes(stream) ?? true))
    const events = wanted.slice(0, limit)
    return { events, through: events.length === limit ? events.at(-1)!.id : Math.max(head, after), head }
  }
}

/** A clock that stands still: however slow the machine, nothing has its time, and no stretch is over. */
export function still(): SchedulerLike {
  return new VirtualTimeScheduler()
}
