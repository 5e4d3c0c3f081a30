import { ProjectionError } from './ProjectionError.ts'

/** JSON cannot hold a state or a payload without changing it. Not retryable. */
export class UnserializableError extends ProjectionError {
  declare readonly name: 'UnserializableError'
  /** The path of the value, such as `$.items[3].price`; `$` is the whole value. */
  declare readonly path: string

  constructor(path: string, found: string) {
    super(`${path} is ${found}, which JSON would change`, { name: 'UnserializableError', retryable: false, path })
  }
}
