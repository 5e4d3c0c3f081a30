import { type Observable, Subject } from 'rxjs'
import { isA } from '../../../operators/model/errors/isA.ts'
import type { LogEvent } from '../../../operators/model/event.ts'
import type { LogHole } from '../../../operators/model/hole.ts'
import type { UndecodableSnapshotError } from '../../../operators/ports/index.ts'
import { MissedEventError } from '../../../operators/sequence/MissedEventError.ts'

/** What happens in a run, told apart by `type`. Durations are in ms, positions and offsets are log positions. */
export type TelemetryEvent = { readonly projection: string } & (
  | { readonly type: 'init'; readonly offset: number; readonly duration: number }
  | { readonly type: 'catchUp.start'; readonly after: number }
  | { readonly type: 'catchUp.stop'; readonly position: number; readonly events: number; readonly duration: number }
  | { readonly type: 'caughtUp'; readonly position: number }
  /** A page (or a single event) was taken in while catching up. */
  | { readonly type: 'replay'; readonly offset: number; readonly events: number; readonly duration: number }
  /** A page (or a single event) was taken in while live. */
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
  /** Events are missing from the log for good, as far as a page could tell: from and to a position, and why. */
  | ({ readonly type: 'hole' } & LogHole)
  /** An asynchronous handler has not settled for so many ms; of a page that is handled as a whole, the first event. */
  | { readonly type: 'stalled'; readonly event: LogEvent; readonly duration: number }
  | { readonly type: 'unhandled'; readonly message: LogEvent }
  | { readonly type: 'ignored'; readonly event: LogEvent }
  /** A projector's page failed as a whole; its events are handled one by one, at once. */
  | { readonly type: 'pageFailed'; readonly from: number; readonly through: number; readonly error: unknown }
  | { readonly type: 'retry'; readonly error: unknown; readonly attempt: number; readonly wait: number }
  | { readonly type: 'lease.acquired'; readonly lease: string; readonly epoch: number }
  /** Somebody else runs; this one waits. */
  | { readonly type: 'lease.standby'; readonly lease: string }
  | { readonly type: 'faulted'; readonly error: unknown }
)

/** A telemetry event without the name that all of a run's events carry. */
export type TelemetryDetail = TelemetryEvent extends infer Event
  ? Event extends TelemetryEvent
    ? Omit<Event, 'projection'>
    : never
  : never

/** Where a run's telemetry goes. Ask `on` before you build an event: nothing is built while nobody listens. */
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

  /** Emits the gap that an error is about, if it is about one. */
  gap(error: unknown): void {
    if (!(this.on && isA(error, MissedEventError))) return
    const { received, last, missing } = error
    this.emit({ type: 'gap', received, last, missing })
  }

  complete(): void {
    this.#subject.complete()
  }
}
