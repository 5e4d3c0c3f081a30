import {
  asyncScheduler,
  concat,
  defer,
  type Observable,
  type OperatorFunction,
  type SchedulerLike,
  Subject,
  type Subscription,
  takeUntil,
  throwError,
} from 'rxjs'
import { ensureSequential } from '../../operators/ensureSequential.ts'
import { followLog, type LogProgress } from '../../operators/followLog.ts'
import { hydrate } from '../../operators/hydrate.ts'
import {
  type EventReader,
  type LogEvent,
  type MaybePromise,
  MissedEventError,
  type OneOrMany,
  ProjectionStoppedError,
  SourceCompletedError,
  TimeoutError,
} from '../../operators/model/index.ts'
import { retryWithJitter } from '../../operators/retryWithJitter.ts'
import { clockOf } from '../../operators/support/clock.ts'
import { reportUnhandled } from '../../operators/support/reportUnhandled.ts'
import { Telemetry } from '../telemetry/telemetry.ts'
import { CountedReader } from './countedReader.ts'
import { whenAllLive } from './dependencies.ts'
import { FailurePolicy } from './FailurePolicy.ts'
import { Latest } from './latest.ts'
import { DEFAULT_RETRY, type PushSource, type RunOptions } from './runOptions.ts'
import type { Status } from './status.ts'
import { type WaitOptions, Waits } from './waits.ts'

/** What a run does between the log and its handle; a projection's and a projector's differ in this alone. */
export interface Work<Start> {
  /** The key in the store, and the name in errors and telemetry. */
  readonly name: string
  readonly streams: readonly string[] | undefined
  readonly handlerFailures: number
  /** Where to continue. */
  load(): MaybePromise<Start>
  offsetOf(start: Start): number
  /** Told when `load` has answered, before the first event. */
  hydrated(start: Start): void
  /** The stages behind `ensureSequential`; they emit the position of each step. A step is published when it is emitted. */
  stages(start: Start): OperatorFunction<OneOrMany<LogEvent>, number>
  caughtUp(): void
  /** Makes durable what is not yet, then calls back, whether that went well or not. */
  flush(done: () => void): void
  /** Whether somebody would see a fault. */
  observed(): boolean
  /** Ends what the handle shows: with the fault, or completed. */
  end(fault: { readonly error: unknown } | undefined): void
}

/**
 * The life of a projection or projector: `hydrate`, `followLog`, `ensureSequential`, the work's own stages and
 * `retryWithJitter`, put together once, and the status, position, waits and ends around them.
 */
export class Run<Start> {
  readonly status: Latest<Status> = new Latest()
  readonly position: Latest<number> = new Latest()
  readonly telemetry: Telemetry
  readonly waits: Waits
  readonly stopping: AbortController = new AbortController()
  readonly scheduler: SchedulerLike
  /** The clock for durations, in ms. */
  readonly now: () => number
  readonly failures: FailurePolicy
  private readonly work: Work<Start>
  private readonly options: RunOptions
  private readonly reader: CountedReader | undefined
  private readonly source: PushSource | undefined
  private readonly halt = new Subject<void>()
  private readonly starting: Subscription
  private begun = false
  /** Events can arrive: a stop has to wait for the stages to complete. */
  private flowing = false
  /** The read whose page was dealt with last, and the head that it saw. */
  private lastRead = { number: 0, head: 0 }
  private catchUp = { began: 0, events: 0 }
  private stopped: Promise<void> | undefined
  private stopResolved: (() => void) | undefined
  private ended = false

  constructor(work: Work<Start>, events: EventReader | undefined, source: PushSource | undefined, options: RunOptions) {
    this.work = work
    this.options = options
    this.scheduler = options.scheduler ?? asyncScheduler
    this.now = clockOf(this.scheduler)
    this.telemetry = new Telemetry(work.name)
    this.waits = new Waits(this.scheduler)
    this.failures = new FailurePolicy(options, work.handlerFailures)
    this.reader = events && new CountedReader(events)
    this.source = source
    this.status.next('hydrating')
    // Later, so that whoever subscribes to the handle right after it was made misses nothing.
    this.starting = this.scheduler.schedule(() => this.begin())
    this.obey(options.signal)
  }

  /** Resolves after a read that began after this call has been dealt with, up to the head that it saw. */
  whenFresh(operation: string, options?: WaitOptions): Promise<void> {
    if (this.reader === undefined) return this.waits.until(() => this.status.value === 'live', operation, options)
    const { begun } = this.reader
    let target: number | undefined
    const fresh = this.waits.until(
      () => {
        if (target === undefined && this.lastRead.number > begun) target = this.lastRead.head
        return target !== undefined && (this.position.value ?? 0) >= target
      },
      operation,
      options,
    )
    this.reader.nudge()
    return fresh
  }

  /** Resolves when a position has been passed, at once if it has. */
  whenPassed(position: number, operation: string, options?: WaitOptions): Promise<void> {
    const passed = this.waits.until(() => (this.position.value ?? -1) >= position, operation, options)
    this.reader?.nudge()
    return passed
  }

  stop({ timeout = 5_000 }: { readonly timeout?: number } = {}): Promise<void> {
    this.stopped ??= this.ended ? Promise.resolve() : this.stopWithin(timeout)
    return this.stopped
  }

  /** Tells `onError` of a failure that ends no run. */
  tell(error: unknown): void {
    this.failures.tell(error, 0)
  }

  private begin(): void {
    this.begun = true
    hydrate(
      () => whenAllLive(this.work.name, this.options.dependsOn ?? []),
      () =>
        hydrate(
          () => this.load(),
          (start) => this.flow(start),
        ),
    )
      .pipe(retryWithJitter(this.retryOptions(), this.options.random, this.scheduler), takeUntil(this.halt))
      .subscribe({
        next: (position) => this.moved(position),
        error: (error: unknown) => this.failed(error),
        complete: () => this.flushAndStop(),
      })
  }

  private load(): MaybePromise<Start> {
    this.status.next('hydrating')
    return this.work.load()
  }

  private flow(start: Start): Observable<number> {
    const after = this.work.offsetOf(start)
    this.work.hydrated(start)
    this.moved(after)
    this.flowing = true
    this.startCatchUp(after)
    return this.eventsAfter(after).pipe(
      ensureSequential<OneOrMany<LogEvent>>(
        {
          after,
          onDuplicate: (event, last) => this.telemetry.on && this.telemetry.emit({ type: 'duplicate', event, last }),
          onUnhandled: (message) => this.telemetry.on && this.telemetry.emit({ type: 'unhandled', message }),
          ...(this.options.hold && { hold: this.options.hold }),
        },
        this.scheduler,
      ),
      this.work.stages(start),
    )
  }

  private eventsAfter(after: number): Observable<OneOrMany<LogEvent>> {
    const { source, reader, options } = this
    if (source !== undefined || reader === undefined) {
      const completed$ = throwError(() => new SourceCompletedError(this.work.name))
      return defer(() => {
        this.becomeLive()
        return concat(source!(after), completed$)
      })
    }
    const streams = options.streams ?? this.work.streams
    return followLog(
      { events: reader },
      {
        after,
        pageSize: options.pageSize ?? 512,
        catchUpAfter: options.catchUpAfter ?? 30_000,
        onProgress: (progress) => this.progress(progress, reader.begun),
        ...(streams && { streams }),
      },
      this.scheduler,
    )
  }

  private progress({ through, head }: LogProgress, read: number): void {
    this.lastRead = { number: read, head }
    if (through > (this.position.value ?? 0)) this.position.next(through)
    if (through >= head) this.becomeLive()
    else if (this.status.value === 'live') this.startCatchUp(through)
    this.waits.check()
  }

  private moved(position: number): void {
    this.failures.passed(position)
    if (position > (this.position.value ?? -1)) this.position.next(position)
    this.waits.check()
  }

  /** Counts a step for telemetry. */
  stepped(offset: number, events: number, duration: number): void {
    this.catchUp.events += events
    if (!this.telemetry.on) return
    this.telemetry.emit({ type: this.status.value === 'live' ? 'evolve' : 'replay', offset, events, duration })
  }

  private startCatchUp(after: number): void {
    this.catchUp = { began: this.now(), events: 0 }
    this.status.next('catching-up')
    if (this.telemetry.on) this.telemetry.emit({ type: 'catchUp.start', after })
  }

  private becomeLive(): void {
    if (this.status.value === 'live') return
    const position = this.position.value ?? 0
    this.status.next('live')
    if (this.telemetry.on) {
      const { began, events } = this.catchUp
      this.telemetry.emit({ type: 'catchUp.stop', position, events, duration: this.now() - began })
      this.telemetry.emit({ type: 'caughtUp', position })
    }
    this.work.caughtUp()
  }

  private retryOptions(): Parameters<typeof retryWithJitter>[0] {
    const options = this.options.retry ?? DEFAULT_RETRY
    return {
      ...options,
      retryIf: (error, attempt) => {
        this.flowing = false
        if (error instanceof MissedEventError && this.telemetry.on) {
          const { received, last, missing } = error
          this.telemetry.emit({ type: 'gap', received, last, missing })
        }
        return this.failures.retryable(error, attempt) && !this.stopping.signal.aborted
      },
      onRetry: (error, retry) => {
        options.onRetry?.(error, retry)
        this.status.next('retrying')
        if (this.telemetry.on) this.telemetry.emit({ type: 'retry', error, ...retry })
      },
    }
  }

  private failed(error: unknown): void {
    this.flowing = false
    this.failures.tellLast(error)
    if (this.stopping.signal.aborted) this.flushAndStop()
    else this.finish('faulted', { error })
  }

  private obey(signal: AbortSignal | undefined): void {
    if (signal === undefined) return
    const stop = (): void => {
      this.stop().catch((error: unknown) => this.tell(error))
    }
    if (signal.aborted) {
      stop()
      return
    }
    signal.addEventListener('abort', stop, { once: true })
    this.halt.subscribe({ complete: () => signal.removeEventListener('abort', stop) })
  }

  private stopWithin(timeout: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = this.scheduler.schedule(() => {
        reject(new TimeoutError(`stopping ${JSON.stringify(this.work.name)}`, timeout))
        this.finish('stopped')
      }, timeout)
      this.stopResolved = () => {
        timer.unsubscribe()
        resolve()
      }
      this.starting.unsubscribe()
      this.stopping.abort()
      // Flowing, the stages complete when the handler in hand has ended; otherwise nothing is in hand.
      if (!this.begun) this.finish('stopped')
      else if (!this.flowing) this.halt.next()
    })
  }

  private flushAndStop(): void {
    if (!this.ended) this.work.flush(() => this.finish('stopped'))
  }

  private finish(status: 'stopped' | 'faulted', fault?: { readonly error: unknown }): void {
    if (this.ended) return
    this.ended = true
    const seen =
      fault === undefined || this.work.observed() || this.waits.size > 0 || this.options.onError !== undefined
    this.halt.next()
    this.halt.complete()
    this.status.next(status)
    if (fault !== undefined && this.telemetry.on) this.telemetry.emit({ type: 'faulted', error: fault.error })
    this.waits.endWith(fault === undefined ? new ProjectionStoppedError(this.work.name) : fault.error)
    this.work.end(fault)
    this.position.complete()
    this.status.complete()
    this.telemetry.complete()
    if (!seen) reportUnhandled(fault.error)
    this.stopResolved?.()
  }
}
