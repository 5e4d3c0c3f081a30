import { map, type OperatorFunction, pipe, tap } from 'rxjs'
import { reportUnhandled } from '../../../operators/kernel/reportUnhandled.ts'
import type { EventMark, LogEvent, MaybePromise, OneOrMany } from '../../../operators/model/index.ts'
import { chain, isPromiseLike, recover } from '../../../operators/model/maybePromise.ts'
import type { LeaseClaim, PositionStore, Transactions } from '../../../operators/ports/index.ts'
import { processEvents } from '../../../operators/processEvents.ts'
import type { ProcessOptions } from '../../../operators/processing/ProcessStage.ts'
import { processPages } from '../../../operators/processPages.ts'
import { positionKey } from '../lifecycle/keys.ts'
import type { RunContext } from '../lifecycle/RunContext.ts'
import type { Work } from '../lifecycle/Work.ts'
import type { Projector } from './defineProjector.ts'
import { Handling, keepingWhatWasHandled } from './Handling.ts'
import { PageParts } from './PageParts.ts'
import { Progress } from './Progress.ts'
import type { ProjectorOptions } from './projectorOptions.ts'

/** The work of a projector between the log and its handle: run the handler, and move the position. */
export class ProjectorWork<Context> implements Work<number> {
  readonly streams: readonly string[] | undefined
  readonly #projector: Projector<never, Context>
  readonly #transactions: Transactions<Context> | undefined
  readonly #context: RunContext
  readonly #progress: Progress
  readonly #handling: Handling<Context>
  readonly #parts: PageParts
  /** Whether a save has failed since the stop began. Then it is not retried. */
  #gaveUp = false
  /** The mark that was loaded with the position. */
  #mark: EventMark | undefined
  /** The number of events handled since the last step. */
  #handled = 0
  /**
   * The current handler or save. It may outlive a run that fails meanwhile. The next run waits for it, so that only one runs at a
   * time.
   */
  #inHand: PromiseLike<unknown> | undefined

  constructor(projector: Projector<never, Context>, options: ProjectorOptions<Context>, context: RunContext) {
    this.#projector = projector
    this.#context = context
    this.streams = projector.streams
    this.#handling = new Handling(context.name, projector, context.handlers.over)
    this.#transactions = options.store?.transactions
    this.#parts = new PageParts((page, cause) => this.#pageFailed(page, cause))
    this.#progress = new Progress({
      positions: positionsOf(options),
      key: positionKey(context.id),
      // A store's events can show that the log was replaced. A push source may emit any events, so its marks prove nothing.
      marks: options.source === undefined,
      patience: context.patience,
    })
  }

  load(): MaybePromise<number> {
    return chain(this.#inHand, () => this.#loadPosition())
  }

  #loadPosition(): MaybePromise<number> {
    const context = this.#context
    const { claim, patience, observation } = context
    observation.loading()
    const save = (): MaybePromise<unknown> => (context.stopping.aborted ? undefined : this.#save(claim))
    return chain(this.#progress.load(claim, save), (position) => {
      observation.loaded(position)
      const mark = patience.load(this.#progress.loadMark(), `loading the mark of ${JSON.stringify(context.name)}`)
      return chain(mark, (loaded) => {
        this.#mark = loaded
        return position
      })
    })
  }

  /**
   * The mark of the last handled event, if the store has it. A mark after the position is outdated: the position was moved back.
   */
  markOf(position: number): EventMark | undefined {
    return this.#mark !== undefined && this.#mark.position <= position ? this.#mark : undefined
  }

  offsetOf(position: number): number {
    return position
  }

  hydrated(position: number): void {
    this.#progress.at(position)
  }

  stages(after: number): OperatorFunction<OneOrMany<LogEvent>, number> {
    const context = this.#context
    // Save under the lease that the handler began under. When it ends, a later run may already hold the next lease.
    const { claim } = context
    const options: ProcessOptions = {
      after,
      // A transaction has already saved it.
      savePosition: () => this.#save(claim),
      signal: context.stopping,
      // The errors already have their final classes: a handler's error is a HandlerError, a store's error stays as it is.
      failure: (_event, cause) => cause,
      onFailure: context.failures.decide,
    }
    return pipe(
      tap<OneOrMany<LogEvent>>(() => context.observation.stepping()),
      this.#projector.transaction === 'page'
        ? processPages((events) => this.#keep(this.#commitPage(events, claim)), {
            ...options,
            // Outside a transaction nothing is undone, so the events before the failed one stay handled.
            ...(!this.#keepsWhatWasHandled && { parts: this.#parts }),
          })
        : processEvents((event) => this.#keep(this.#commit([event as LogEvent], claim)), options),
      map((position) => this.#step(position)),
    )
  }

  caughtUp(): void {}

  flush(done: () => void): void {
    const context = this.#context
    const save = (): MaybePromise<unknown> =>
      // Retry the save of an earlier run once, and report its failure: no later run retries it.
      this.#gaveUp || context.lifecycle.hasEnded || !this.owes()
        ? undefined
        : recover<unknown>(
            () => this.#save(context.claim),
            (error) => context.report(error),
          )
    const ended = chain(chain(this.#inHand, save), done)
    if (isPromiseLike(ended)) ended.then(undefined, reportUnhandled)
  }

  owes(): boolean {
    return this.#progress.owes
  }

  observed(): boolean {
    return this.#context.position.observed
  }

  end(fault: { readonly error: unknown } | undefined): void {
    if (fault !== undefined) this.#context.position.error(fault.error)
  }

  get #keepsWhatWasHandled(): boolean {
    return this.#transactions === undefined && this.#handling.oneByOne
  }

  #pageFailed(page: readonly LogEvent[], error: unknown): void {
    const { telemetry } = this.#context
    this.#context.report(error)
    if (telemetry.on) telemetry.emit({ type: 'pageFailed', from: page[0]!.id, through: page.at(-1)!.id, error })
  }

  #commitPage(events: readonly LogEvent[], claim: LeaseClaim | undefined): MaybePromise<unknown> {
    if (!this.#keepsWhatWasHandled) return this.#commit(events, claim)
    return keepingWhatWasHandled(
      () => this.#commit(events, claim),
      events,
      (event) => {
        this.#progress.handled(event, claim)
        return this.#save(claim)
      },
    )
  }

  /** Handles events that commit together. If the store has transactions, the position moves in the same one. */
  #commit(events: readonly LogEvent[], claim: LeaseClaim | undefined): MaybePromise<unknown> {
    const transactions = this.#transactions
    const progress = this.#progress
    this.#handled += events.length
    const last = events[events.length - 1]!
    if (transactions === undefined) {
      const handled = this.#handling.run(events, {} as Context)
      if (isPromiseLike(handled)) return handled.then(() => progress.handled(last, claim))
      progress.handled(last, claim)
      return
    }
    return transactions.run(({ context, positions }) =>
      chain(this.#handling.run(events, context), () => progress.moveIn(positions, last, claim)),
    )
  }

  /** Saves the position of events that were handled outside a transaction. */
  #save(claim: LeaseClaim | undefined): MaybePromise<void> {
    try {
      const saved = this.#progress.save(claim)
      if (!isPromiseLike(saved)) return
      return this.#keep(saved.then(undefined, (error: unknown) => this.#saveFailed(error)))
    } catch (error) {
      return this.#saveFailed(error)
    }
  }

  #saveFailed(error: unknown): never {
    this.#gaveUp = this.#context.stopping.aborted
    throw error
  }

  /** Remembers asynchronous work as current until it settles. */
  #keep<T>(work: MaybePromise<T>): MaybePromise<T> {
    if (isPromiseLike(work)) {
      const ended = (): void => undefined
      this.#inHand = work.then(ended, ended)
    }
    return work
  }

  #step(position: number): number {
    const { observation, lifecycle } = this.#context
    this.#progress.at(position)
    observation.stepped(position, this.#handled, lifecycle.state === 'live')
    this.#handled = 0
    return position
  }
}

function positionsOf<Context>({ store, positions }: ProjectorOptions<Context>): PositionStore {
  return store?.positions ?? (positions as PositionStore)
}
