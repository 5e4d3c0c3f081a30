import { ProjectionError } from '../../model/errors/ProjectionError.ts'

/** A store cannot be opened or used as it is (no such folder, not a database, a newer schema, already closed). Not retryable. */
export class StoreError extends ProjectionError {
  declare readonly name: 'StoreError'
  /** Which store: its path or URL, without credentials. */
  declare readonly store: string

  constructor(store: string, message: string, options?: ErrorOptions) {
    super(`${store.replace(/:$/, '')}: ${message}`, { ...options, name: 'StoreError', retryable: false, store })
  }
}
