import { isA } from '../../../operators/model/errors/isA.ts'
import { HandlerError, type LogEvent, type MaybePromise } from '../../../operators/model/index.ts'
import { chain, isPromiseLike, recover } from '../../../operators/model/maybePromise.ts'
import type { HandlerWatch } from '../observe/HandlerWatch.ts'
import type { Projector } from './defineProjector.ts'

/** Runs the handler of a projector for events that belong together. An error of the handler becomes a `HandlerError`. */
export class Handling<Context> {
  readonly #name: string
  readonly #projector: Projector<never, Context>

  readonly #watch: HandlerWatch['over']

  /** @param watch wraps the promises of handlers. */
  constructor(name: string, projector: Projector<never, Context>, watch: HandlerWatch['over']) {
    this.#name = name
    this.#watch = watch
    this.#projector = projector
  }

  /** Whether a failure names the event that failed, so that the events before it were handled. */
  get oneByOne(): boolean {
    return this.#projector.process !== undefined
  }

  run(events: readonly LogEvent[], context: Context): MaybePromise<unknown> {
    const { processPage } = this.#projector
    if (processPage === undefined) return this.#each(events, 0, context)
    return recover(
      () => {
        const handled = processPage(events as never, context)
        return isPromiseLike(handled) ? this.#watch(events[0]!, handled) : handled
      },
      (cause) => {
        const through = events.length > 1 ? events[events.length - 1]!.id : undefined
        return this.#fail(events[0]!, cause, through)
      },
    )
  }

  /** Handles one event after the other. Returns a promise only from the first handler that returns one. */
  #each(events: readonly LogEvent[], from: number, context: Context): MaybePromise<unknown> {
    const { process } = this.#projector
    for (let index = from; index < events.length; index++) {
      const event = events[index]!
      let handled: MaybePromise<unknown>
      let isPromise: boolean
      try {
        handled = process!(event as never, context)
        isPromise = isPromiseLike(handled)
      } catch (cause) {
        return this.#fail(event, cause)
      }
      if (isPromise) {
        return this.#watch(event, handled as PromiseLike<unknown>).then(
          () => this.#each(events, index + 1, context),
          (cause) => this.#fail(event, cause),
        )
      }
    }
    return undefined
  }

  #fail(event: LogEvent, cause: unknown, through?: number): never {
    if (isA(cause, HandlerError)) throw cause
    throw new HandlerError({ event, through, projection: this.#name, cause })
  }
}

/**
 * Handles a page outside a transaction. If one of its events fails, the effects of the earlier ones stay, so the position moves
 * up to the event before it.
 */
export function keepingWhatWasHandled(
  handle: () => MaybePromise<unknown>,
  events: readonly LogEvent[],
  move: (handled: LogEvent) => MaybePromise<unknown>,
): MaybePromise<unknown> {
  return recover(handle, (error) => {
    const rethrow = (): never => {
      throw error
    }
    const handled = events[events.indexOf((error as HandlerError).event) - 1]
    return handled === undefined ? rethrow() : chain(move(handled), rethrow)
  })
}
