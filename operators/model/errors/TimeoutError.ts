import { ProjectionError } from './ProjectionError.ts'

/** A wait took longer than its `timeout`. It leaves nothing behind; the projection goes on. */
export class TimeoutError extends ProjectionError {
  override readonly name = 'TimeoutError'
  /** What was waited for. */
  readonly operation: string
  /** How long, in ms. */
  readonly timeout: number

  constructor(operation: string, timeout: number) {
    super(`${operation} took longer than ${timeout} ms`)
    this.operation = operation
    this.timeout = timeout
  }
}
