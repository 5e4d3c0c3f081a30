import { map, type Observable, type OperatorFunction, pipe, Subject, tap } from 'rxjs'
import { lastSnapshot } from '../../../operators/lastSnapshot.ts'
import type {
  AnyProjection,
  EventMark,
  LogEvent,
  MaybePromise,
  OneOrMany,
  ProjectedSnapshot,
  Snapshot,
} from '../../../operators/model/index.ts'
import { chain } from '../../../operators/model/maybePromise.ts'
import { withMark } from '../../../operators/model/snapshot.ts'
import type { SnapshotStore, UndecodableSnapshotError } from '../../../operators/ports/index.ts'
import type { Unsaved } from '../../../operators/saving/SnapshotSaver.ts'
import { scanProjection } from '../../../operators/scanProjection.ts'
import { snapshotAfter } from '../../../operators/snapshotAfter.ts'
import { snapshotEvery } from '../../../operators/snapshotEvery.ts'
import { type SnapshotWriter, snapshotWriter } from '../../../operators/snapshotWriter.ts'
import type { RunContext } from '../lifecycle/RunContext.ts'
import type { WaitOptions } from '../lifecycle/Waits.ts'
import type { Work } from '../lifecycle/Work.ts'
import { Latest } from '../observe/Latest.ts'
import { pacing } from './pacing.ts'
import type { ProjectionOptions } from './projectionOptions.ts'

/** The work of a projection between the log and its handle: fold, save, publish. */
export class ProjectionWork<State> implements Work<Snapshot<State>> {
  readonly streams: readonly string[] | undefined
  readonly state: Latest<State>
  readonly snapshot$: Observable<Snapshot<State>>
  /** The latest published snapshot. After a retry, states are folded again but not published until they pass it. */
  current: Snapshot<State> | undefined
  readonly #projection: AnyProjection<State>
  readonly #options: ProjectionOptions<State>
  readonly #context: RunContext
  readonly #snapshots: SnapshotStore
  readonly #writer: SnapshotWriter<State>
  readonly #durable = new Subject<Snapshot<State>>()
  /** The current snapshot with its mark, for saves. */
  #newest: Snapshot<State> | undefined
  #lastDurable: Snapshot<State> | undefined

  constructor(projection: AnyProjection<State>, options: ProjectionOptions<State>, context: RunContext) {
    this.#projection = projection
    this.#options = options
    this.#context = context
    this.streams = projection.streams
    this.state = new Latest((error) => context.faultUnseen(error))
    this.#snapshots = options.store?.snapshots ?? (options.snapshots as SnapshotStore)
    this.snapshot$ = this.#durable.asObservable()
    this.#writer = snapshotWriter<State>(
      (snapshot) => this.#save(snapshot),
      {
        onError: (error, { offset }) => {
          if (context.telemetry.on) context.telemetry.emit({ type: 'snapshot.failed', offset, error })
          context.saveFailed(error)
        },
        ...pacing(options),
      },
      context.scheduler,
    )
    this.#writer.saved$.subscribe((snapshot) => this.#saved(snapshot))
  }

  load(): MaybePromise<Snapshot<State>> {
    this.#context.observation.loading()
    const load = lastSnapshot({ snapshots: this.#snapshots }, this.#projection, {
      ...(this.#options.instance !== undefined && { instance: this.#options.instance }),
      onUndecodable: (error) => this.#undecodable(error),
    })
    const answer = this.#context.patience.load(load(), `loading the snapshot of ${JSON.stringify(this.#context.name)}`)
    return chain(answer, (snapshot) => {
      this.#context.observation.loaded(snapshot.offset)
      // A stop does not wait for a load. If the load finishes after the stop, no run begins with it.
      if (this.#context.stopping.aborted) return snapshot
      return chain(this.#options.onInit?.(plain(snapshot)), () => snapshot)
    })
  }

  offsetOf({ offset }: Snapshot<State>): number {
    return offset
  }

  markOf({ mark }: Snapshot<State>): EventMark | undefined {
    return mark
  }

  hydrated(snapshot: Snapshot<State>): void {
    const { saver } = this.#writer
    if (snapshot.offset > saver.durable && snapshot.offset > 0) {
      saver.durable = snapshot.offset
      this.#lastDurable = plain(snapshot)
    }
    this.#publish(snapshot)
  }

  stages(start: Snapshot<State>): OperatorFunction<OneOrMany<LogEvent>, number> {
    const options = this.#options
    const { telemetry, observation, stopping, handlers, failures, scheduler } = this.#context
    return pipe(
      tap<OneOrMany<LogEvent>>(() => observation.stepping()),
      scanProjection(this.#projection, start, {
        strict: options.strictOnline ?? true,
        onIgnored: (event) => telemetry.on && telemetry.emit({ type: 'ignored', event }),
        signal: stopping,
        marks: options.store !== undefined,
        freeze: options.freeze ?? false,
        watch: handlers.over,
        onFailure: failures.decide,
      }),
      snapshotEvery(options.snapshotEvery ?? 100, this.#writer),
      snapshotAfter(options.snapshotAfter ?? 30_000, this.#writer, {}, scheduler),
      map((snapshot) => this.#step(snapshot)),
    )
  }

  caughtUp(): void {
    if (this.current !== undefined) this.#options.onCaughtUp?.(this.current)
  }

  flush(done: () => void): void {
    this.#writer.saver.flushLast(() => (this.current?.offset ? this.#unsaved() : undefined), undefined, done)
  }

  observed(): boolean {
    return this.state.observed
  }

  end(fault: { readonly error: unknown } | undefined): void {
    if (fault === undefined) this.state.complete()
    else this.state.error(fault.error)
    this.#durable.complete()
  }

  /** Saves the latest state unless it is already saved; resolves with the last saved snapshot. */
  async takeSnapshot(options?: WaitOptions): Promise<Snapshot<State>> {
    let outcome: { readonly failure?: { readonly error: unknown } } | undefined
    const save = (): void =>
      this.#writer.saver.flush(
        () => this.#unsaved(),
        undefined,
        (failure) => {
          outcome = failure === undefined ? {} : { failure }
          this.#context.waits.check()
        },
      )
    let asked = false
    const durable = (): boolean => {
      if (!asked && this.current !== undefined) {
        asked = true
        save()
      }
      return outcome !== undefined
    }
    await this.#context.waits.until(durable, 'takeSnapshot()', options)
    if (outcome?.failure !== undefined) throw outcome.failure.error
    return this.#lastDurable!
  }

  /** The latest snapshot to save; `undefined` before the first, and after the run has ended. */
  #unsaved(): Unsaved<State> | undefined {
    const newest = this.#newest
    return this.#context.lifecycle.hasEnded || newest === undefined
      ? undefined
      : { offset: newest.offset, snapshot: newest }
  }

  #save({ offset, state, mark }: Snapshot<State>): unknown {
    this.#context.observation.saving()
    const lease = this.#context.claim
    const snapshot = withMark({ offset, state }, mark)
    const saved = this.#snapshots.save(this.#context.name, this.#projection.version, snapshot, lease && { lease })
    return this.#context.patience.save(saved, `saving the snapshot of ${JSON.stringify(this.#context.name)}`)
  }

  #saved(durable: Snapshot<State>): void {
    const snapshot = plain(durable)
    const { offset } = snapshot
    this.#lastDurable = snapshot
    this.#context.observation.saved(offset)
    this.#durable.next(snapshot)
  }

  #step(snapshot: ProjectedSnapshot<State>): number {
    const { offset, events } = snapshot
    const { observation, lifecycle } = this.#context
    observation.stepped(offset, events, lifecycle.state === 'live')
    this.#publish(snapshot)
    return offset
  }

  #publish(snapshot: Snapshot<State>): void {
    const { offset, state } = snapshot
    if (this.current !== undefined && offset <= this.current.offset) return
    this.#newest = snapshot
    this.current = { offset, state }
    this.state.next(state)
  }

  #undecodable(error: UndecodableSnapshotError): void {
    const { telemetry } = this.#context
    if (telemetry.on) telemetry.emit({ type: 'snapshot.undecodable', error })
    this.#context.report(error)
  }
}

/** The public form of a snapshot: without the mark, which only the store and the log need. */
function plain<State>({ offset, state }: Snapshot<State>): Snapshot<State> {
  return { offset, state }
}
