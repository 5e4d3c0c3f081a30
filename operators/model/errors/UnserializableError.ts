import { ProjectionError } from './ProjectionError.ts'

/** A state or a payload is not what JSON can hold without changing it. Not retryable. */
export class UnserializableError extends ProjectionError {
  declare readonly name: 'UnserializableError'
  /** Where it is, such as `$.items[3].price`; `$` is the whole value. */
  declare readonly path: string

  constructor(path: string, found: string) {
    super(`${path} is ${found}, which JSON would change`, { name: 'UnserializableError', retryable: false, path })
  }
}
