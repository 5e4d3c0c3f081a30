import { Observable, type OperatorFunction, Subscriber } from 'rxjs'

/**
 * One stage of a pipeline: what an operator does with what its source says.
 *
 * A stage is itself the subscriber of its source, so that a value costs one call a stage. It hangs on its output from the
 * beginning, so that a synchronous source can be stopped. `next` is the hot method; it does nothing once `isStopped`. A
 * stage hands errors of its user's callbacks to `output.error`; it never throws at the source.
 */
export abstract class Stage<T, R> extends Subscriber<T> {
  protected readonly output: Subscriber<R>

  constructor(output: Subscriber<R>) {
    super(output)
    this.output = output
  }

  abstract override next(value: T): void

  override error(error: unknown): void {
    if (this.isStopped) return
    this.isStopped = true
    this.sourceFailed(error)
    this.unsubscribe()
  }

  override complete(): void {
    if (this.isStopped) return
    this.isStopped = true
    this.sourceCompleted()
    this.unsubscribe()
  }

  /** The source ended with an error; unless overridden, the error passes on. */
  protected sourceFailed(error: unknown): void {
    this.output.error(error)
  }

  /** The source completed; unless overridden, the completion passes on. */
  protected sourceCompleted(): void {
    this.output.complete()
  }
}

/** Makes an operator of a function that makes one stage for each subscription. What it throws becomes the error. */
export function operate<T, R>(start: (output: Subscriber<R>) => Stage<T, R>): OperatorFunction<T, R> {
  return (source) =>
    new Observable((output) => {
      source.subscribe(start(output))
    })
}
