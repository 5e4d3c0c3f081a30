import { ProjectionError } from './ProjectionError.ts'

/** A handle named in `dependsOn` faulted or stopped before it was live. Not retryable. */
export class DependencyError extends ProjectionError {
  override readonly name = 'DependencyError'
  /** The name of the dependent. */
  readonly projection: string
  /** The name of what it depends on. */
  readonly dependency: string

  constructor(projection: string, dependency: string, ended: 'faulted' | 'stopped', options?: ErrorOptions) {
    super(
      `${JSON.stringify(projection)} depends on ${JSON.stringify(dependency)}, which ${ended} before it was live`,
      options,
    )
    this.projection = projection
    this.dependency = dependency
  }

  override get retryable(): boolean {
    return false
  }
}
