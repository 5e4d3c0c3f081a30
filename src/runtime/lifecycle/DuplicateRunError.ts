import { ProjectionError } from '../../../operators/model/errors/ProjectionError.ts'

/**
 * Two runs of one process share a key in a store without being exclusive, or two definitions share a name and a version. The
 * error is only reported; both runs continue. Two projectors with the same key run every handler twice. Two projections with the
 * same key overwrite each other's snapshots.
 */
export class DuplicateRunError extends ProjectionError {
  declare readonly name: 'DuplicateRunError'
  /** The key in the store: the name, with `@instance` if one was given. */
  declare readonly projection: string
  /** The conflict: the key is in use by another run (`running`), or belongs to a different definition (`definition`). */
  declare readonly reason: 'running' | 'definition'

  constructor(projection: string, reason: 'running' | 'definition') {
    const key = JSON.stringify(projection)
    super(
      reason === 'running'
        ? `${key} runs already over the same store: stop the other run, give each an instance, or make them exclusive`
        : `${key} was run over the same store with another definition of the same version: raise the version, or change the name`,
      { name: 'DuplicateRunError', retryable: false, projection, reason },
    )
  }
}
