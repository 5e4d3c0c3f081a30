import { ProjectionError } from '../../model/errors/ProjectionError.ts'

/** A store cannot be opened or used (no such folder, not a database, a newer schema, already closed). Not retryable. */
export class StoreError extends ProjectionError {
  declare readonly name: 'StoreError'
  /** The path or URL of the store, without credentials. */
  declare readonly store: string

  constructor(store: string, message: string, options?: ErrorOptions) {
    super(`${store.replace(/:$/, '')}: ${message}`, { ...options, name: 'StoreError', retryable: false, store })
  }
}
