import { map, type OperatorFunction, pipe, tap } from 'rxjs'
import { snapshotKey } from '../../operators/lastSnapshot.ts'
import type {
  EventMark,
  LeaseClaim,
  LogEvent,
  MaybePromise,
  OneOrMany,
  PositionStore,
  Transactions,
} from '../../operators/model/index.ts'
import { markOf } from '../../operators/model/mark.ts'
import { chain, isPromiseLike, recover } from '../../operators/model/maybePromise.ts'
import { processEvents } from '../../operators/processEvents.ts'
import { processPages } from '../../operators/processPages.ts'
import { lastAct } from '../../operators/support/lastAct.ts'
import type { ProcessOptions } from '../../operators/support/ProcessStage.ts'
import { reportUnhandled } from '../../operators/support/reportUnhandled.ts'
import { Run } from '../lifecycle/Run.ts'
import type { Work } from '../lifecycle/Work.ts'
import type { Projector } from './defineProjector.ts'
import { FailedPage, PageParts } from './FailedPage.ts'
import { Handling, keepingWhatWasHandled } from './Handling.ts'
import type { ProjectorOptions } from './projectorOptions.ts'

/** What a projector does between the log and its handle: handle, and move the position. */
export class ProjectorWork<Context> implements Work<number> {
  readonly name: string
  readonly streams: readonly string[] | undefined
  readonly handlerFailures: number
  readonly run: Run<number>
  private readonly projector: Projector<never, Context>
  private readonly positions: PositionStore
  private readonly transactions: Transactions<Context> | undefined
  /** The position that is stored, as far as this run knows. */
  private stored = 0
  /** The last event of what was handled last. */
  private lastInHand: LogEvent | undefined
  /** Whether positions are saved with the mark of their event: those of a log, not of a push source. */
  private readonly marks: boolean
  /** Loaded with the position. */
  private mark: EventMark | undefined
  private stepBegan = 0
  /** The handler or save in hand. It outlives a run that fails meanwhile, and the next one waits for it: one at a time. */
  private inHand: PromiseLike<unknown> | undefined
  private readonly parts = new PageParts()
  private readonly handling: Handling<Context>

  constructor(projector: Projector<never, Context>, options: ProjectorOptions<Context>) {
    this.projector = projector
    this.name = snapshotKey(projector.name, options.instance)
    this.streams = projector.streams
    this.handling = new Handling(this.name, projector, (event, pending) => this.run.handlers.over(event, pending))
    this.handlerFailures = options.handlerFailures ?? Infinity
    this.positions = options.store?.positions ?? (options.positions as PositionStore)
    this.transactions = options.store?.transactions
    this.marks = options.store !== undefined
    this.run = new Run(
      this,
      { events: options.store?.events, leases: options.store?.leases, source: options.source },
      options,
    )
    this.run.start()
    this.run.share(this.positions, { key: this.name, name: this.name, definition: projector })
  }

  load(): MaybePromise<number> {
    return chain(this.inHand, () => this.loadPosition())
  }

  private loadPosition(): MaybePromise<number> {
    const began = this.run.now()
    const { patience } = this.run
    const operation = `loading the position of ${JSON.stringify(this.name)}`
    return chain(patience.load(this.positions.load(this.name), operation), (position) => {
      if (this.run.telemetry.on) {
        this.run.telemetry.emit({ type: 'init', offset: position, duration: this.run.now() - began })
      }
      return chain(patience.load(this.positions.loadMark?.(this.name), operation), (mark) => {
        this.mark = mark
        return position
      })
    })
  }

  /** The last event handled, where the store has its mark. A mark above the position is of one that was moved back since. */
  markOf(position: number): EventMark | undefined {
    return this.mark !== undefined && this.mark.position <= position ? this.mark : undefined
  }

  offsetOf(position: number): number {
    return position
  }

  hydrated(position: number): void {
    this.stored = position
  }

  stages(after: number): OperatorFunction<OneOrMany<LogEvent>, number> {
    const { run } = this
    // What was begun under a lease is saved under that one: a later run may hold the next when it comes to its end.
    const { claim } = run
    const options: ProcessOptions = {
      after,
      savePosition: (position) =>
        this.transactions === undefined ? this.keep(this.move(this.positions, position, claim)) : undefined,
      signal: run.stopping.signal,
      // Told apart already: what the handler throws is a HandlerError, what the store throws stays what it is.
      failure: (_event, cause) => cause,
    }
    return pipe(
      tap<OneOrMany<LogEvent>>(() => {
        if (run.telemetry.on) this.stepBegan = run.now()
      }),
      this.projector.transaction === 'page'
        ? processPages((events) => this.keep(this.commitPage(events, claim)), { ...options, parts: this.parts.of })
        : processEvents((event) => this.keep(this.commit([event as LogEvent], claim)), options),
      map((position) => this.step(position)),
    )
  }

  caughtUp(): void {}

  flush(done: () => void): void {
    const ended = chain(this.inHand, done)
    if (isPromiseLike(ended)) ended.then(undefined, reportUnhandled)
  }

  observed(): boolean {
    return this.run.position.observed
  }

  end(fault: { readonly error: unknown } | undefined): void {
    if (fault !== undefined) this.run.position.error(fault.error)
  }

  /** Begins anew at once where a page has failed, with its events one by one; tells of it. */
  again(error: unknown): boolean {
    if (!(error instanceof FailedPage)) return false
    const { run } = this
    const { page, cause } = error
    run.tell(cause)
    if (run.telemetry.on)
      run.telemetry.emit({ type: 'pageFailed', from: page[0]!.id, through: page.at(-1)!.id, error: cause })
    return true
  }

  private commitPage(events: readonly LogEvent[], claim: LeaseClaim | undefined): MaybePromise<unknown> {
    if (this.transactions === undefined && this.handling.oneByOne) {
      return keepingWhatWasHandled(
        () => this.commit(events, claim),
        events,
        (position) => this.move(this.positions, position, claim),
      )
    }
    return recover(
      () => this.commit(events, claim),
      (cause) => {
        throw this.parts.failed(events, cause)
      },
    )
  }

  /** Handles what commits together; where the store has transactions, the position moves in the same one. */
  private commit(events: readonly LogEvent[], claim: LeaseClaim | undefined): MaybePromise<unknown> {
    this.lastInHand = events[events.length - 1]
    if (this.transactions === undefined) return this.handling.run(events, {} as Context)
    return this.transactions.run(({ context, positions }) =>
      chain(this.handling.run(events, context), () => this.move(positions, events[events.length - 1]!.id, claim)),
    )
  }

  /** Keeps what takes its time in hand until it has settled. */
  private keep<T>(work: MaybePromise<T>): MaybePromise<T> {
    if (isPromiseLike(work)) {
      const ended = (): void => undefined
      this.inHand = work.then(ended, ended)
    }
    return work
  }

  private move(positions: PositionStore, position: number, lease: LeaseClaim | undefined): MaybePromise<void> {
    const last = this.lastInHand
    const mark = this.marks && last?.id === position ? markOf(last) : undefined
    const options = lastAct({ expected: this.stored, ...(lease && { lease }), ...(mark && { mark }) })
    return positions.save(this.name, position, options)
  }

  private step(position: number): number {
    const { run } = this
    this.stored = position
    if (run.telemetry.on) {
      const now = run.now()
      run.phase.stepped(position, 1, now - this.stepBegan)
      this.stepBegan = now
    } else run.phase.stepped(position, 1, 0)
    return position
  }
}
