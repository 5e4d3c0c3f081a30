import { Observable, type OperatorFunction, Subscriber } from 'rxjs'

/**
 * One stage of a pipeline: what an operator does with what its source says. `next` is the hot method. A stage hands
 * errors of its user's callbacks to `destination.error` itself; it never throws at the source.
 */
export interface Stage<T> {
  next(value: T): void
  /** Absent: the error passes on. */
  error?(error: unknown): void
  /** Absent: the completion passes on. */
  complete?(): void
}

/** Makes an operator of a function that makes one stage for each subscription. What it throws becomes the error. */
export function operate<T, R>(start: (destination: Subscriber<R>) => Stage<T>): OperatorFunction<T, R> {
  return (source) => new Observable<R>((destination) => attach(source, destination, start(destination)))
}

/**
 * Subscribes a stage to a source. Its subscriber hangs on the destination before the source runs, so that a synchronous
 * source can be stopped.
 */
export function attach<T, R>(source: Observable<T>, destination: Subscriber<R>, stage: Stage<T>): void {
  source.subscribe(new StageSubscriber(destination, stage))
}

class StageSubscriber<T> extends Subscriber<T> {
  private readonly stage: Stage<T>
  private readonly output: Subscriber<unknown>

  constructor(output: Subscriber<unknown>, stage: Stage<T>) {
    super(output)
    this.stage = stage
    this.output = output
  }

  override next(value: T): void {
    if (!this.isStopped) this.stage.next(value)
  }

  override error(error: unknown): void {
    if (this.isStopped) return
    this.isStopped = true
    if (this.stage.error) this.stage.error(error)
    else this.output.error(error)
    this.unsubscribe()
  }

  override complete(): void {
    if (this.isStopped) return
    this.isStopped = true
    if (this.stage.complete) this.stage.complete()
    else this.output.complete()
    this.unsubscribe()
  }
}
