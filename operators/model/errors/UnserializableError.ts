import { ProjectionError } from './ProjectionError.ts'

/** A state or a payload is not what JSON can hold without changing it. Not retryable. */
export class UnserializableError extends ProjectionError {
  override readonly name = 'UnserializableError'
  /** Where it is, such as `$.items[3].price`; `$` is the whole value. */
  readonly path: string

  constructor(path: string, found: string) {
    super(`${path} is ${found}, which JSON would change`)
    this.path = path
  }

  override get retryable(): boolean {
    return false
  }
}
