import { type Observable, Subject } from 'rxjs'
import { isA } from '../../../operators/model/errors/isA.ts'
import type { LogEvent } from '../../../operators/model/event.ts'
import type { LogHole } from '../../../operators/model/hole.ts'
import type { UndecodableSnapshotError } from '../../../operators/ports/index.ts'
import { MissedEventError } from '../../../operators/sequence/MissedEventError.ts'

/** The events of a run, distinguished by `type`. Durations are in ms; positions and offsets are log positions. */
export type TelemetryEvent = { readonly projection: string } & (
  | { readonly type: 'init'; readonly offset: number; readonly duration: number }
  | { readonly type: 'catchUp.start'; readonly after: number }
  | { readonly type: 'catchUp.stop'; readonly position: number; readonly events: number; readonly duration: number }
  | { readonly type: 'caughtUp'; readonly position: number }
  /** A page (or a single event) was processed while catching up. */
  | { readonly type: 'replay'; readonly offset: number; readonly events: number; readonly duration: number }
  /** A page (or a single event) was processed while live. */
  | { readonly type: 'evolve'; readonly offset: number; readonly events: number; readonly duration: number }
  | { readonly type: 'snapshot'; readonly offset: number; readonly duration: number }
  | { readonly type: 'snapshot.failed'; readonly offset: number; readonly error: unknown }
  | { readonly type: 'snapshot.undecodable'; readonly error: UndecodableSnapshotError }
  | { readonly type: 'duplicate'; readonly event: LogEvent; readonly last: number }
  | {
      readonly type: 'gap'
      readonly received: number
      readonly last: number
      readonly missing: readonly [number, number]
    }
  /** Events are missing from the log for good, as far as a page could tell: the range of positions, and the reason. */
  | ({ readonly type: 'hole' } & LogHole)
  /**
   * An asynchronous handler has not settled for `duration` ms. For a page that is handled as a whole, `event` is its first event.
   */
  | { readonly type: 'stalled'; readonly event: LogEvent; readonly duration: number }
  | { readonly type: 'unhandled'; readonly message: LogEvent }
  | { readonly type: 'ignored'; readonly event: LogEvent }
  /** A projector's page failed as a whole; its events are immediately handled one by one. */
  | { readonly type: 'pageFailed'; readonly from: number; readonly through: number; readonly error: unknown }
  | { readonly type: 'retry'; readonly error: unknown; readonly attempt: number; readonly wait: number }
  | { readonly type: 'lease.acquired'; readonly lease: string; readonly epoch: number }
  /** Another worker holds the lease; this one waits. */
  | { readonly type: 'lease.standby'; readonly lease: string }
  | { readonly type: 'faulted'; readonly error: unknown }
)

/** A telemetry event without the name that all events of a run carry. */
export type TelemetryDetail = TelemetryEvent extends infer Event
  ? Event extends TelemetryEvent
    ? Omit<Event, 'projection'>
    : never
  : never

/** Publishes the telemetry of a run. Check `on` before you build an event: without subscribers, nothing must be built. */
export class Telemetry {
  readonly events$: Observable<TelemetryEvent>
  readonly #subject = new Subject<TelemetryEvent>()
  readonly #projection: string

  constructor(projection: string) {
    this.#projection = projection
    this.events$ = this.#subject.asObservable()
  }

  get on(): boolean {
    return this.#subject.observed
  }

  emit(detail: TelemetryDetail): void {
    this.#subject.next({ projection: this.#projection, ...detail } as TelemetryEvent)
  }

  /** Emits the gap of an error, if the error is a gap. */
  gap(error: unknown): void {
    if (!(this.on && isA(error, MissedEventError))) return
    const { received, last, missing } = error
    this.emit({ type: 'gap', received, last, missing })
  }

  complete(): void {
    this.#subject.complete()
  }
}
