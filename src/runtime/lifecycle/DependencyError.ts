import { ProjectionError } from '../../../operators/model/errors/ProjectionError.ts'

/** A handle named in `dependsOn` faulted or stopped before it was live. Not retryable. */
export class DependencyError extends ProjectionError {
  declare readonly name: 'DependencyError'
  /** The name of the dependent projection or projector. */
  declare readonly projection: string
  /** The name of its dependency. */
  declare readonly dependency: string

  constructor(projection: string, dependency: string, ended: 'faulted' | 'stopped', options?: ErrorOptions) {
    super(`${JSON.stringify(projection)} depends on ${JSON.stringify(dependency)}, which ${ended} before it was live`, {
      ...options,
      name: 'DependencyError',
      retryable: false,
      projection,
      dependency,
    })
  }
}
