import { ProjectionError } from './ProjectionError.ts'

/** A wait took longer than its `timeout`. It leaves nothing behind; the projection goes on. */
export class TimeoutError extends ProjectionError {
  declare readonly name: 'TimeoutError'
  /** What was waited for. */
  declare readonly operation: string
  /** How long, in ms. */
  declare readonly timeout: number

  constructor(operation: string, timeout: number) {
    super(`${operation} took longer than ${timeout} ms`, { name: 'TimeoutError', operation, timeout })
  }
}
