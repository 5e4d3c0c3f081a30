import { map, type Observable, type OperatorFunction, pipe, Subject, tap } from 'rxjs'
import { lastSnapshot, snapshotKey } from '../../../operators/lastSnapshot.ts'
import type {
  AnyProjection,
  EventMark,
  LogEvent,
  MaybePromise,
  OneOrMany,
  ProjectedSnapshot,
  Snapshot,
} from '../../../operators/model/index.ts'
import { withMark } from '../../../operators/model/mark.ts'
import { chain } from '../../../operators/model/maybePromise.ts'
import type { SnapshotStore, UndecodableSnapshotError } from '../../../operators/ports/index.ts'
import type { Unsaved } from '../../../operators/saving/SnapshotSaver.ts'
import { scanProjection } from '../../../operators/scanProjection.ts'
import { snapshotAfter } from '../../../operators/snapshotAfter.ts'
import { snapshotEvery } from '../../../operators/snapshotEvery.ts'
import { type SnapshotWriter, snapshotWriter } from '../../../operators/snapshotWriter.ts'
import type { RunId } from '../lifecycle/keys.ts'
import { Run } from '../lifecycle/Run.ts'
import type { WaitOptions } from '../lifecycle/Waits.ts'
import type { Work } from '../lifecycle/Work.ts'
import { Latest } from '../observe/Latest.ts'
import { pacing } from './pacing.ts'
import type { ProjectionOptions } from './projectionOptions.ts'

/** What a projection does between the log and its handle: fold, save, publish. */
export class ProjectionWork<State> implements Work<Snapshot<State>> {
  readonly name: string
  readonly id: RunId
  readonly streams: readonly string[] | undefined
  readonly handlerFailures: number
  readonly state: Latest<State> = new Latest((error) => this.run.faultUnseen(error))
  readonly snapshot$: Observable<Snapshot<State>>
  readonly run: Run<Snapshot<State>>
  /** The newest snapshot that was published; what is folded again after a retry stays below it. */
  current: Snapshot<State> | undefined
  /** The same with its mark, as it is saved. */
  private newest: Snapshot<State> | undefined
  private lastDurable: Snapshot<State> | undefined
  private readonly durable = new Subject<Snapshot<State>>()
  private readonly projection: AnyProjection<State>
  private readonly options: ProjectionOptions<State>
  private readonly snapshots: SnapshotStore
  private readonly writer: SnapshotWriter<State>
  private stepBegan = 0
  private saveBegan = 0

  constructor(projection: AnyProjection<State>, options: ProjectionOptions<State>) {
    this.projection = projection
    this.options = options
    const { name, version } = projection
    this.name = snapshotKey(name, options.instance)
    this.id = { kind: 'projection', version, name, instance: options.instance }
    this.streams = projection.streams
    this.handlerFailures = options.handlerFailures ?? 3
    this.snapshots = options.store?.snapshots ?? (options.snapshots as SnapshotStore)
    this.snapshot$ = this.durable.asObservable()
    this.run = new Run(
      this,
      { events: options.store?.events, leases: options.store?.leases, source: options.source },
      options,
    )
    this.writer = snapshotWriter<State>(
      (snapshot) => this.save(snapshot),
      {
        onError: (error, { offset }) => {
          if (this.run.telemetry.on) this.run.telemetry.emit({ type: 'snapshot.failed', offset, error })
          this.run.saveFailed(error)
        },
        ...pacing(options),
      },
      this.run.scheduler,
    )
    this.writer.saved$.subscribe((snapshot) => this.saved(snapshot))
    this.run.start()
    this.run.share(this.snapshots, {
      key: `${this.name}/${projection.version}`,
      name: this.name,
      definition: projection,
    })
  }

  load(): MaybePromise<Snapshot<State>> {
    const began = this.run.now()
    const load = lastSnapshot({ snapshots: this.snapshots }, this.projection, {
      ...(this.options.instance !== undefined && { instance: this.options.instance }),
      onUndecodable: (error) => this.undecodable(error),
    })
    const answer = this.run.patience.load(load(), `loading the snapshot of ${JSON.stringify(this.name)}`)
    return chain(answer, (snapshot) => {
      if (this.run.telemetry.on) {
        this.run.telemetry.emit({ type: 'init', offset: snapshot.offset, duration: this.run.now() - began })
      }
      // A stop does not wait for a load; when that comes late, no run begins with it.
      if (this.run.stopping.signal.aborted) return snapshot
      return chain(this.options.onInit?.(plain(snapshot)), () => snapshot)
    })
  }

  offsetOf({ offset }: Snapshot<State>): number {
    return offset
  }

  markOf({ mark }: Snapshot<State>): EventMark | undefined {
    return mark
  }

  hydrated(snapshot: Snapshot<State>): void {
    const { saver } = this.writer
    if (snapshot.offset > saver.durable && snapshot.offset > 0) {
      saver.durable = snapshot.offset
      this.lastDurable = plain(snapshot)
    }
    this.publish(snapshot)
  }

  stages(start: Snapshot<State>): OperatorFunction<OneOrMany<LogEvent>, number> {
    const { options, run } = this
    return pipe(
      tap<OneOrMany<LogEvent>>(() => {
        if (run.telemetry.on) this.stepBegan = run.now()
      }),
      scanProjection(this.projection, start, {
        strict: options.strictOnline ?? true,
        onIgnored: (event) => run.telemetry.on && run.telemetry.emit({ type: 'ignored', event }),
        signal: run.stopping.signal,
        marks: options.store !== undefined,
        freeze: options.freeze ?? false,
        watch: run.handlers.over,
      }),
      snapshotEvery(options.snapshotEvery ?? 100, this.writer),
      snapshotAfter(options.snapshotAfter ?? 30_000, this.writer, {}, run.scheduler),
      map((snapshot) => this.step(snapshot)),
    )
  }

  caughtUp(): void {
    if (this.current !== undefined) this.options.onCaughtUp?.(this.current)
  }

  flush(done: () => void): void {
    this.writer.saver.flushLast(() => (this.current?.offset ? this.unsaved() : undefined), undefined, done)
  }

  observed(): boolean {
    return this.state.observed
  }

  end(fault: { readonly error: unknown } | undefined): void {
    if (fault === undefined) this.state.complete()
    else this.state.error(fault.error)
    this.durable.complete()
  }

  /** Saves the newest state, if it is not durable; resolves with what is durable then. */
  async takeSnapshot(options?: WaitOptions): Promise<Snapshot<State>> {
    let outcome: { readonly failure?: { readonly error: unknown } } | undefined
    const save = (): void =>
      this.writer.saver.flush(
        () => this.unsaved(),
        undefined,
        (failure) => {
          outcome = failure === undefined ? {} : { failure }
          this.run.waits.check()
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
    await this.run.waits.until(durable, 'takeSnapshot()', options)
    if (outcome?.failure !== undefined) throw outcome.failure.error
    return this.lastDurable!
  }

  /** What is newest, while the run goes on. */
  private unsaved(): Unsaved<State> | undefined {
    const { newest } = this
    return this.run.ended || newest === undefined ? undefined : { offset: newest.offset, snapshot: newest }
  }

  private save({ offset, state, mark }: Snapshot<State>): unknown {
    this.saveBegan = this.run.now()
    const lease = this.run.claim
    const snapshot = withMark({ offset, state }, mark)
    const saved = this.snapshots.save(this.name, this.projection.version, snapshot, lease && { lease })
    return this.run.patience.save(saved, `saving the snapshot of ${JSON.stringify(this.name)}`)
  }

  private saved(durable: Snapshot<State>): void {
    const snapshot = plain(durable)
    const { offset } = snapshot
    this.lastDurable = snapshot
    if (this.run.telemetry.on) {
      this.run.telemetry.emit({ type: 'snapshot', offset, duration: this.run.now() - this.saveBegan })
    }
    this.durable.next(snapshot)
  }

  private step(snapshot: ProjectedSnapshot<State>): number {
    const { offset, events } = snapshot
    this.run.phase.stepped(offset, events, this.run.telemetry.on ? this.run.now() - this.stepBegan : 0)
    this.publish(snapshot)
    return offset
  }

  private publish(snapshot: Snapshot<State>): void {
    const { offset, state } = snapshot
    if (this.current !== undefined && offset <= this.current.offset) return
    this.newest = snapshot
    this.current = { offset, state }
    this.state.next(state)
  }

  private undecodable(error: UndecodableSnapshotError): void {
    if (this.run.telemetry.on) this.run.telemetry.emit({ type: 'snapshot.undecodable', error })
    this.run.tell(error)
  }
}

/** A snapshot as a handle shows it: the mark is the store's and the log's affair. */
function plain<State>({ offset, state }: Snapshot<State>): Snapshot<State> {
  return { offset, state }
}
