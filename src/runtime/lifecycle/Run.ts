import { EMPTY, type Observable, Subject, Subscription, takeUntil } from 'rxjs'
import type { LogProgress } from '../../../operators/follow/FollowLogOptions.ts'
import { hydrate } from '../../../operators/hydrate.ts'
import { type LogHole, type MaybePromise, TimeoutError } from '../../../operators/model/index.ts'
import { retryWithJitter } from '../../../operators/retryWithJitter.ts'
import { CountedReader } from '../../reading/CountedReader.ts'
import { whenAllLive } from './dependencies.ts'
import { eventsAfter } from './eventsAfter.ts'
import { ProjectionStoppedError } from './ProjectionStoppedError.ts'
import type { RunContext } from './RunContext.ts'
import type { RunPorts } from './RunPorts.ts'
import { stopOnAbort } from './stopOnAbort.ts'
import { stopTimeout } from './stopTimeout.ts'
import type { WaitOptions } from './Waits.ts'
import type { Work } from './Work.ts'

/**
 * Runs the work of a projection or projector. It composes `hydrate`, `followLog`, `ensureSequential`, the work's own stages and
 * `retryWithJitter`, and adds the waits and the end. The lifecycle holds the state.
 */
export class Run<Start> {
  readonly context: RunContext
  readonly #work: Work<Start>
  readonly #source: RunPorts['source']
  readonly #reader: CountedReader | undefined
  readonly #halt = new Subject<void>()
  /** Callbacks for the end of the run. */
  readonly #atEnd: (() => void)[] = []
  #starting = Subscription.EMPTY
  #stopped: Promise<void> | undefined

  constructor(context: RunContext, work: Work<Start>, { events, source }: RunPorts) {
    this.context = context
    this.#work = work
    this.#source = source
    const { telemetry } = context
    const emitHole = (hole: LogHole): void => telemetry.emit({ type: 'hole', ...hole })
    this.#reader = events && new CountedReader(events, () => (telemetry.on ? emitHole : undefined))
  }

  /** Begins through the scheduler, so that a caller that subscribes to the new handle synchronously misses nothing. */
  start(): void {
    const { context } = this
    context.lifecycle.show()
    this.#starting = context.scheduler.schedule(() => this.#begin())
    stopOnAbort(context.options.signal, () => this.#stopUnattended(), this.#halt)
  }

  /** Registers a callback for the end of the run. */
  whenEnded(ended: () => void): void {
    this.#atEnd.push(ended)
  }

  /** Runs `work` through the scheduler, unless the run stops before. */
  soon(work: () => void): void {
    this.#starting.add(this.context.scheduler.schedule(work))
  }

  /**
   * Resolves when the run has processed a read that began after this call, up to the head of that read.
   *
   * @param byDefault the timeout in ms, if the options have none.
   */
  whenFresh(operation: string, options?: WaitOptions, byDefault?: number): Promise<void> {
    const { waits, lifecycle } = this.context
    const reader = this.#reader
    if (reader === undefined) return waits.until(() => lifecycle.state === 'live', operation, options, byDefault)
    const headOfLaterRead = reader.headOfLaterRead()
    const isFresh = (): boolean => this.context.hasPassed(headOfLaterRead() ?? Infinity)
    const fresh = waits.until(isFresh, operation, options, byDefault)
    reader.nudge()
    return fresh
  }

  /** Resolves when the run has passed a position; immediately if it already has. */
  whenPassed(position: number, operation: string, options?: WaitOptions): Promise<void> {
    const { context } = this
    const passed = context.waits.until(() => context.hasPassed(position), operation, options)
    if (!context.hasPassed(position)) this.#reader?.nudge()
    return passed
  }

  stop(options: { readonly timeout?: number } = {}): Promise<void> {
    try {
      const timeout = stopTimeout(options)
      if (!this.context.lifecycle.hasEnded) this.#stopped ??= this.#stopWithin(timeout)
      return this.#stopped ?? Promise.resolve()
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #begin(): void {
    const { context } = this
    const { lifecycle, options, scheduler, exclusive } = context
    lifecycle.dispatch('begin')
    hydrate(
      () => whenAllLive(context.name, options.dependsOn ?? []),
      () =>
        hydrate(
          () => this.#load(),
          (start) => this.#flow(start),
        ).pipe(
          exclusive.operator(
            context.turnsOfLease((done) => this.#work.flush(done)),
            scheduler,
          ),
          retryWithJitter(context.retryOptions(), options.random, scheduler),
        ),
    )
      .pipe(takeUntil(this.#halt))
      .subscribe({
        next: (position) => this.#moved(position),
        error: (error: unknown) => this.#failed(error),
        complete: () => this.#flushAndStop(),
      })
  }

  #load(): MaybePromise<Start> {
    this.context.lifecycle.dispatch('hydrate')
    return this.#work.load()
  }

  #flow(start: Start): Observable<number> {
    const { context } = this
    const work = this.#work
    const after = work.offsetOf(start)
    work.hydrated(start)
    this.#moved(after)
    this.#catchUp(after)
    // A subscriber of the position or the status may have stopped the run. Then the run must not read anything more.
    if (context.stopping.aborted) return EMPTY
    const { options, telemetry, name, scheduler } = context
    const reader = this.#reader
    const streams = options.streams ?? work.streams
    const onProgress = (progress: LogProgress): void => this.#progress(progress, reader!)
    const onLive = (): void => this.#becomeLive()
    const mark = work.markOf(start)
    const run = { name, streams, reader, source: this.#source, mark, options, telemetry, onProgress, onLive }
    return eventsAfter(run, after, scheduler).pipe(work.stages(start))
  }

  #catchUp(after: number): void {
    const { lifecycle, observation } = this.context
    if (lifecycle.dispatch('catchUp')) observation.catchUpStarts(after)
  }

  #progress({ through, head }: LogProgress, reader: CountedReader): void {
    const { context } = this
    reader.dealtWith(head)
    if (!context.hasPassed(through)) context.position.next(through)
    if (through >= head) this.#becomeLive()
    else if (context.lifecycle.state === 'live') this.#catchUp(through)
    context.waits.check()
  }

  #moved(position: number): void {
    const { context } = this
    context.failures.passed(position)
    if (!context.hasPassed(position)) context.position.next(position)
    context.waits.check()
  }

  #becomeLive(): void {
    const { lifecycle, observation, position, waits } = this.context
    if (lifecycle.state === 'live' || !lifecycle.dispatch('goLive')) return
    observation.catchUpStops(position.value ?? 0)
    // A subscriber may have stopped the run.
    if (!lifecycle.stopping.aborted) this.#work.caughtUp()
    waits.check()
  }

  #failed(error: unknown): void {
    const { failures, telemetry, stopping } = this.context
    // `retryIf` does not run when no retries are left, so the failure is not reported yet.
    if (!failures.wasNotified(error)) {
      telemetry.gap(error)
      failures.notifyLast(error)
    }
    if (stopping.aborted) this.#flushAndStop()
    else this.#finish({ error })
  }

  #stopUnattended(): void {
    this.stop().catch((error: unknown) => this.context.report(error))
  }

  #stopWithin(timeout: number): Promise<void> {
    const { lifecycle, scheduler, name } = this.context
    return new Promise((resolve, reject) => {
      const timeUp = (): void => {
        reject(new TimeoutError(`stopping ${JSON.stringify(name)}`, timeout))
        this.#finish()
      }
      const timer = timeout === Infinity ? undefined : scheduler.schedule(timeUp, timeout)
      this.#atEnd.push(() => {
        timer?.unsubscribe()
        resolve()
      })
      this.#starting.unsubscribe()
      const { state, flows } = lifecycle
      lifecycle.dispatch('stop')
      // While events flow, the stages complete when the current handler has ended.
      if (state === 'starting') this.#finish()
      else if (!flows) this.#halt.next()
    })
  }

  #flushAndStop(): void {
    if (this.context.lifecycle.hasEnded) return
    // An exclusive run has already saved while it held its lease, except for progress that it could not save before it lost the
    // lease.
    if (this.context.exclusive.on && this.#work.owes?.() !== true) this.#finish()
    else this.#work.flush(() => this.#finish())
  }

  /** Ends the run: `faulted` if there is a fault, otherwise `stopped`. */
  #finish(fault?: { readonly error: unknown }): void {
    const { context } = this
    const { lifecycle, waits, telemetry, options } = context
    const seen = fault === undefined || this.#work.observed() || waits.size > 0 || options.onError !== undefined
    if (!lifecycle.dispatch(fault === undefined ? 'end' : 'fault')) return
    this.#halt.next()
    this.#halt.complete()
    context.patience.end()
    context.handlers.end()
    if (fault !== undefined && telemetry.on) telemetry.emit({ type: 'faulted', error: fault.error })
    waits.endWith(fault === undefined ? new ProjectionStoppedError(context.name) : fault.error)
    this.#work.end(fault)
    context.position.complete()
    lifecycle.status.complete()
    telemetry.complete()
    if (!seen) context.faultUnseen(fault.error)
    for (const ended of this.#atEnd) ended()
  }
}
