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

/** What a projector does between the log and its handle: handle, and move the position. */
export class ProjectorWork<Context> implements Work<number> {
  readonly streams: readonly string[] | undefined
  readonly #projector: Projector<never, Context>
  readonly #transactions: Transactions<Context> | undefined
  readonly #context: RunContext
  readonly #progress: Progress
  readonly #handling: Handling<Context>
  readonly #parts: PageParts
  /** A save has failed since the run was told to stop: it is not tried once more. */
  #gaveUp = false
  /** Loaded with the position. */
  #mark: EventMark | undefined
  /** Events handled since the last step. */
  #handled = 0
  /** The handler or save in hand. It outlives a run that fails meanwhile, and the next one waits for it: one at a time. */
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
      // Another log is told by the events of a store; a source brings what it likes.
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

  /** The last event handled, where the store has its mark. A mark above the position is of one that was moved back since. */
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
    // What was begun under a lease is saved under that one: a later run may hold the next when it comes to its end.
    const { claim } = context
    const options: ProcessOptions = {
      after,
      // In a transaction it has been saved already.
      savePosition: () => this.#save(claim),
      signal: context.stopping,
      // Told apart already: what the handler throws is a HandlerError, what the store throws stays what it is.
      failure: (_event, cause) => cause,
      onFailure: context.failures.decide,
    }
    return pipe(
      tap<OneOrMany<LogEvent>>(() => context.observation.stepping()),
      this.#projector.transaction === 'page'
        ? processPages((events) => this.#keep(this.#commitPage(events, claim)), {
            ...options,
            // Outside of a transaction nothing is undone: what came before the event that failed is kept.
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
      // What another run left over is tried once more, and told: nobody tries it again.
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

  /** Handles what commits together; where the store has transactions, the position moves in the same one. */
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

  /** Saves the position of what was handled outside of a transaction. */
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

  /** Keeps what takes its time in hand until it has settled. */
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
