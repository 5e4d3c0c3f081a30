import { map, type OperatorFunction, pipe, tap } from 'rxjs'
import { reportUnhandled } from '../../../operators/kernel/reportUnhandled.ts'
import { snapshotKey } from '../../../operators/lastSnapshot.ts'
import type { EventMark, LogEvent, MaybePromise, OneOrMany } from '../../../operators/model/index.ts'
import { chain, isPromiseLike, recover } from '../../../operators/model/maybePromise.ts'
import type { LeaseClaim, PositionStore, Transactions } from '../../../operators/ports/index.ts'
import { processEvents } from '../../../operators/processEvents.ts'
import type { ProcessOptions } from '../../../operators/processing/ProcessStage.ts'
import { processPages } from '../../../operators/processPages.ts'
import { positionKey, type RunId } from '../lifecycle/keys.ts'
import { Run } from '../lifecycle/Run.ts'
import type { Work } from '../lifecycle/Work.ts'
import type { Projector } from './defineProjector.ts'
import { FailedPage, PageParts } from './FailedPage.ts'
import { Handling, keepingWhatWasHandled } from './Handling.ts'
import { Progress } from './Progress.ts'
import type { ProjectorOptions } from './projectorOptions.ts'

/** What a projector does between the log and its handle: handle, and move the position. */
export class ProjectorWork<Context> implements Work<number> {
  readonly name: string
  readonly id: RunId
  readonly streams: readonly string[] | undefined
  readonly handlerFailures: number
  readonly run: Run<number>
  private readonly projector: Projector<never, Context>
  private readonly transactions: Transactions<Context> | undefined
  private readonly progress: Progress
  /** A save has failed since the run was told to stop: it is not tried once more. */
  private gaveUp = false
  /** Loaded with the position. */
  private mark: EventMark | undefined
  private stepBegan = 0
  /** The handler or save in hand. It outlives a run that fails meanwhile, and the next one waits for it: one at a time. */
  private inHand: PromiseLike<unknown> | undefined
  private readonly parts = new PageParts()
  private readonly handling: Handling<Context>

  constructor(projector: Projector<never, Context>, options: ProjectorOptions<Context>) {
    this.projector = projector
    const { name, version } = projector
    this.name = snapshotKey(name, options.instance)
    this.id = { kind: 'projector', version, name, instance: options.instance }
    this.streams = projector.streams
    this.handling = new Handling(this.name, projector, (event, pending) => this.run.handlers.over(event, pending))
    this.handlerFailures = options.handlerFailures ?? Infinity
    this.transactions = options.store?.transactions
    this.run = new Run(
      this,
      { events: options.store?.events, leases: options.store?.leases, source: options.source },
      options,
    )
    this.progress = new Progress({
      positions: options.store?.positions ?? (options.positions as PositionStore),
      key: positionKey(this.id),
      // Another log is told by the events of a store; a source brings what it likes.
      marks: options.source === undefined,
      patience: this.run.patience,
    })
    this.run.start()
    this.run.share(options.store?.positions ?? options.positions!, {
      key: positionKey(this.id),
      name: this.name,
      definition: projector,
    })
  }

  load(): MaybePromise<number> {
    return chain(this.inHand, () => this.loadPosition())
  }

  private loadPosition(): MaybePromise<number> {
    const { run, progress } = this
    const { claim, patience } = run
    const began = run.now()
    const save = (): MaybePromise<unknown> => (run.stopping.signal.aborted ? undefined : this.save(claim))
    return chain(progress.load(claim, save), (position) => {
      if (run.telemetry.on) run.telemetry.emit({ type: 'init', offset: position, duration: run.now() - began })
      const mark = patience.load(progress.loadMark(), `loading the mark of ${JSON.stringify(this.name)}`)
      return chain(mark, (loaded) => {
        this.mark = loaded
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
    this.progress.at(position)
  }

  stages(after: number): OperatorFunction<OneOrMany<LogEvent>, number> {
    const { run } = this
    // What was begun under a lease is saved under that one: a later run may hold the next when it comes to its end.
    const { claim } = run
    const options: ProcessOptions = {
      after,
      // In a transaction it has been saved already.
      savePosition: () => this.save(claim),
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
    const { run } = this
    const save = (): MaybePromise<unknown> =>
      // What another run left over is tried once more, and told: nobody tries it again.
      this.gaveUp || run.ended || !this.owes()
        ? undefined
        : recover<unknown>(
            () => this.save(run.claim),
            (error) => run.tell(error),
          )
    const ended = chain(chain(this.inHand, save), done)
    if (isPromiseLike(ended)) ended.then(undefined, reportUnhandled)
  }

  owes(): boolean {
    return this.progress.owes
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
        (event) => {
          this.progress.handled(event, claim)
          return this.save(claim)
        },
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
    const { transactions, progress } = this
    const last = events[events.length - 1]!
    if (transactions === undefined) {
      const handled = this.handling.run(events, {} as Context)
      if (isPromiseLike(handled)) return handled.then(() => progress.handled(last, claim))
      progress.handled(last, claim)
      return
    }
    return transactions.run(({ context, positions }) =>
      chain(this.handling.run(events, context), () => progress.moveIn(positions, last, claim)),
    )
  }

  /** Saves the position of what was handled outside of a transaction. */
  private save(claim: LeaseClaim | undefined): MaybePromise<void> {
    try {
      const saved = this.progress.save(claim)
      if (!isPromiseLike(saved)) return
      return this.keep(saved.then(undefined, (error: unknown) => this.saveFailed(error)))
    } catch (error) {
      return this.saveFailed(error)
    }
  }

  private saveFailed(error: unknown): never {
    this.gaveUp = this.run.stopping.signal.aborted
    throw error
  }

  /** Keeps what takes its time in hand until it has settled. */
  private keep<T>(work: MaybePromise<T>): MaybePromise<T> {
    if (isPromiseLike(work)) {
      const ended = (): void => undefined
      this.inHand = work.then(ended, ended)
    }
    return work
  }

  private step(position: number): number {
    const { run } = this
    this.progress.at(position)
    if (run.telemetry.on) {
      const now = run.now()
      run.phase.stepped(position, 1, now - this.stepBegan)
      this.stepBegan = now
    } else run.phase.stepped(position, 1, 0)
    return position
  }
}
