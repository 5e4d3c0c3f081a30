import { asyncScheduler, EMPTY, type Observable, type SchedulerLike, Subject, Subscription, takeUntil } from 'rxjs'
import type { LogProgress } from '../../../operators/followLog.ts'
import { hydrate } from '../../../operators/hydrate.ts'
import { clockOf } from '../../../operators/kernel/clock.ts'
import { type LogHole, type MaybePromise, TimeoutError } from '../../../operators/model/index.ts'
import type { LeaseClaim } from '../../../operators/ports/index.ts'
import { retryWithJitter } from '../../../operators/retryWithJitter.ts'
import { CountedReader } from '../../reading/CountedReader.ts'
import { FailurePolicy } from '../failures/FailurePolicy.ts'
import { Reports } from '../failures/Reports.ts'
import { HandlerWatch } from '../observe/HandlerWatch.ts'
import { Latest } from '../observe/Latest.ts'
import { Telemetry } from '../observe/telemetry.ts'
import { beginAgain } from './beginAgain.ts'
import { whenAllLive } from './dependencies.ts'
import { Exclusive } from './Exclusive.ts'
import { eventsAfter } from './eventsAfter.ts'
import { exclusiveRunOf } from './exclusiveRunOf.ts'
import { Patience } from './Patience.ts'
import { Phase } from './Phase.ts'
import { ProjectionStoppedError } from './ProjectionStoppedError.ts'
import type { RunPorts } from './RunPorts.ts'
import { type PushSource, type RunOptions, retryOf } from './runOptions.ts'
import { useKey } from './runsOfFacet.ts'
import { stopOnAbort } from './stopOnAbort.ts'
import { stopTimeout } from './stopTimeout.ts'
import { type WaitOptions, Waits } from './Waits.ts'
import type { Work } from './Work.ts'

/**
 * The life of a projection or projector: `hydrate`, `followLog`, `ensureSequential`, the work's own stages and
 * `retryWithJitter`, put together once, and the status, position, waits and ends around them.
 */
export class Run<Start> {
  readonly phase: Phase
  readonly position: Latest<number> = new Latest((error) => this.faultUnseen(error))
  readonly telemetry: Telemetry
  readonly waits: Waits
  readonly stopping: AbortController = new AbortController()
  readonly scheduler: SchedulerLike
  readonly now: () => number
  readonly failures: FailurePolicy
  private readonly reports: Reports
  readonly patience: Patience
  readonly handlers: HandlerWatch
  private readonly work: Work<Start>
  private readonly options: RunOptions
  private readonly reader: CountedReader | undefined
  private readonly source: PushSource | undefined
  private readonly exclusive: Exclusive
  private readonly halt = new Subject<void>()
  private starting = Subscription.EMPTY
  private begun = false
  /** Events can arrive: a stop has to wait for the stages to complete. */
  private flowing = false
  private stopped: Promise<void> | undefined
  private stopResolved: (() => void) | undefined
  private finished = false
  private endShare = (): void => undefined

  constructor(work: Work<Start>, { events, leases, source }: RunPorts, options: RunOptions) {
    this.work = work
    this.options = options
    this.scheduler = options.scheduler ?? asyncScheduler
    this.now = clockOf(this.scheduler)
    this.telemetry = new Telemetry(work.name)
    this.phase = new Phase(this.telemetry, this.now)
    this.waits = new Waits(this.scheduler, () => ({ status: this.phase.status.value, ...this.failures.reason }))
    this.patience = new Patience(options, this.scheduler)
    this.handlers = new HandlerWatch(options.handlerTimeout, this.scheduler, this.telemetry)
    this.reports = new Reports(work.name, () => options.onError !== undefined || this.telemetry.on)
    this.failures = new FailurePolicy(options, work.handlerFailures, this.reports)
    const emitHole = (hole: LogHole): void => this.telemetry.emit({ type: 'hole', ...hole })
    this.reader = events && new CountedReader(events, () => (this.telemetry.on ? emitHole : undefined))
    this.source = source
    this.exclusive = new Exclusive(leases, options.exclusive)
  }

  /** The lease that saves are made under, where the run is exclusive. */
  get claim(): LeaseClaim | undefined {
    return this.exclusive.claim
  }

  get ended(): boolean {
    return this.finished
  }

  /** Begins through the scheduler, so that whoever subscribes to the handle right after it was made misses nothing. */
  start(): void {
    this.phase.status.next('hydrating')
    this.starting = this.scheduler.schedule(() => this.begin())
    stopOnAbort(this.options.signal, () => this.stopUnattended(), this.halt)
  }

  /** Says which key of which facet this run uses; another run that uses it, too, is reported. */
  share(facet: object, use: Omit<Parameters<typeof useKey>[1], 'alone'>): void {
    const { error, end } = useKey(facet, { ...use, alone: this.exclusive.on })
    this.endShare = end
    if (error !== undefined) this.starting.add(this.scheduler.schedule(() => this.tell(error)))
  }

  /** Resolves after a read that began after this call has been dealt with, up to the head that it saw. */
  whenFresh(operation: string, options?: WaitOptions, byDefault?: number): Promise<void> {
    const { reader } = this
    if (reader === undefined) return this.waits.until(() => this.phase.live, operation, options, byDefault)
    const headOfLaterRead = reader.headOfLaterRead()
    const isFresh = (): boolean => this.hasPassed(headOfLaterRead() ?? Infinity)
    const fresh = this.waits.until(isFresh, operation, options, byDefault)
    reader.nudge()
    return fresh
  }

  /** Resolves when a position has been passed, at once if it has. */
  whenPassed(position: number, operation: string, options?: WaitOptions): Promise<void> {
    const passed = this.waits.until(() => this.hasPassed(position), operation, options)
    if (!this.hasPassed(position)) this.reader?.nudge()
    return passed
  }

  stop(options: { readonly timeout?: number } = {}): Promise<void> {
    try {
      const timeout = stopTimeout(options)
      if (this.stopped === undefined && !this.finished) this.stopped = this.stopWithin(timeout)
      return this.stopped ?? Promise.resolve()
    } catch (error) {
      return Promise.reject(error)
    }
  }

  tell(error: unknown): void {
    this.failures.tell(error, 0)
    this.failures.report(error, this.position.value ?? 0)
  }

  /** Deals with a save that failed: a lease that is lost ends the run, anything else is only told. */
  saveFailed(error: unknown): void {
    if (!this.exclusive.endedBy(error)) this.tell(error)
  }

  /** Reports a fault that nobody takes. */
  faultUnseen(error: unknown): void {
    this.reports.faulted(error, this.position.value ?? 0)
  }

  private begin(): void {
    this.begun = true
    hydrate(
      () => whenAllLive(this.work.name, this.options.dependsOn ?? []),
      () =>
        hydrate(
          () => this.load(),
          (start) => this.flow(start),
        ).pipe(
          beginAgain(this.work, () => (this.flowing = false), this.scheduler),
          this.exclusive.operator(exclusiveRunOf(this, this.work), this.scheduler),
          retryWithJitter(this.retryOptions(), this.options.random, this.scheduler),
        ),
    )
      .pipe(takeUntil(this.halt))
      .subscribe({
        next: (position) => this.moved(position),
        error: (error: unknown) => this.failed(error),
        complete: () => this.flushAndStop(),
      })
  }

  private load(): MaybePromise<Start> {
    this.phase.status.next('hydrating')
    return this.work.load()
  }

  private flow(start: Start): Observable<number> {
    const after = this.work.offsetOf(start)
    this.work.hydrated(start)
    this.moved(after)
    this.flowing = true
    this.phase.startCatchUp(after)
    // Who heard of the position or of the status may have stopped the run: then nothing is asked any more.
    if (this.stopping.signal.aborted) return EMPTY
    const { work, reader, source, options, telemetry, scheduler } = this
    const streams = options.streams ?? work.streams
    const onProgress = (progress: LogProgress): void => this.progress(progress, reader!)
    const onLive = (): void => this.becomeLive()
    const mark = work.markOf(start)
    const run = { name: work.name, streams, reader, source, mark, options, telemetry, onProgress, onLive }
    return eventsAfter(run, after, scheduler).pipe(work.stages(start))
  }

  private progress({ through, head }: LogProgress, reader: CountedReader): void {
    reader.dealtWith(head)
    if (!this.hasPassed(through)) this.position.next(through)
    if (through >= head) this.becomeLive()
    else if (this.phase.live) this.phase.startCatchUp(through)
    this.waits.check()
  }

  private moved(position: number): void {
    this.failures.passed(position)
    if (!this.hasPassed(position)) this.position.next(position)
    this.waits.check()
  }

  private hasPassed(position: number): boolean {
    return (this.position.value ?? -1) >= position
  }

  private becomeLive(): void {
    if (this.phase.live) return
    this.phase.becomeLive(this.position.value ?? 0)
    // Who hears of it may have stopped the run.
    if (!this.stopping.signal.aborted) this.work.caughtUp()
    this.waits.check()
  }

  private retryOptions(): Parameters<typeof retryWithJitter>[0] {
    const options = retryOf(this.options.retry)
    return {
      ...options,
      retryIf: (error, attempt) => {
        this.runFailed(error)
        return this.failures.retryable(error, attempt) && !this.stopping.signal.aborted
      },
      onRetry: (error, retry) => {
        options.onRetry?.(error, retry)
        this.failures.retried(this.position.value ?? 0)
        this.phase.status.next('retrying')
        if (this.telemetry.on) this.telemetry.emit({ type: 'retry', error, ...retry })
      },
    }
  }

  private runFailed(error: unknown): void {
    this.flowing = false
    this.telemetry.gap(error)
  }

  private failed(error: unknown): void {
    // Nobody is asked about retries that are used up.
    if (!this.failures.wasTold(error)) {
      this.runFailed(error)
      this.failures.tellLast(error)
    }
    if (this.stopping.signal.aborted) this.flushAndStop()
    else this.finish('faulted', { error })
  }

  private stopUnattended(): void {
    this.stop().catch((error: unknown) => this.tell(error))
  }

  private stopWithin(timeout: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timeUp = (): void => {
        reject(new TimeoutError(`stopping ${JSON.stringify(this.work.name)}`, timeout))
        this.finish('stopped')
      }
      const timer = timeout === Infinity ? undefined : this.scheduler.schedule(timeUp, timeout)
      this.stopResolved = () => {
        timer?.unsubscribe()
        resolve()
      }
      this.starting.unsubscribe()
      this.stopping.abort()
      // Flowing, the stages complete when the handler in hand has ended.
      if (!this.begun) this.finish('stopped')
      else if (!this.flowing) this.halt.next()
    })
  }

  private flushAndStop(): void {
    if (this.finished) return
    // An exclusive run has saved already, while it still held its lease; but for what it could not save before it lost that.
    if (this.exclusive.on && this.work.owes?.() !== true) this.finish('stopped')
    else this.work.flush(() => this.finish('stopped'))
  }

  private finish(status: 'stopped' | 'faulted', fault?: { readonly error: unknown }): void {
    if (this.finished) return
    this.finished = true
    const seen =
      fault === undefined || this.work.observed() || this.waits.size > 0 || this.options.onError !== undefined
    this.halt.next()
    this.halt.complete()
    this.patience.end()
    this.handlers.end()
    this.endShare()
    this.phase.status.next(status)
    if (fault !== undefined && this.telemetry.on) this.telemetry.emit({ type: 'faulted', error: fault.error })
    this.waits.endWith(fault === undefined ? new ProjectionStoppedError(this.work.name) : fault.error)
    this.work.end(fault)
    this.position.complete()
    this.phase.status.complete()
    this.telemetry.complete()
    if (!seen) this.faultUnseen(fault.error)
    this.stopResolved?.()
  }
}
