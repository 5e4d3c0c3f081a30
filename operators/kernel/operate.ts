import { Observable, type OperatorFunction, Subscriber } from 'rxjs'

/**
 * One stage of a pipeline: how an operator reacts to the notifications of its source.
 *
 * A stage is itself the subscriber of its source, so a value costs one call per stage. It is linked to its output from the
 * beginning, so that a synchronous source can be stopped. `next` is the hot method; it does nothing once `isStopped`. A stage
 * passes errors of its user's callbacks to `output.error`; it never throws at the source.
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

  /** The source failed. By default, the error passes through. */
  protected sourceFailed(error: unknown): void {
    this.output.error(error)
  }

  /** The source completed. By default, the completion passes through. */
  protected sourceCompleted(): void {
    this.output.complete()
  }
}

/**
 * Makes an operator from a function that makes one stage for each subscription. An error that the function throws becomes the
 * output's error.
 */
export function operate<T, R>(start: (output: Subscriber<R>) => Stage<T, R>): OperatorFunction<T, R> {
  return (source) =>
    new Observable((output) => {
      source.subscribe(start(output))
    })
}
