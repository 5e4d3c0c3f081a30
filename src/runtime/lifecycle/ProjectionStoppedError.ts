import { ProjectionError } from '../../../operators/model/errors/ProjectionError.ts'

/** A wait cannot be answered any more: the projection or projector was stopped. Not retryable. */
export class ProjectionStoppedError extends ProjectionError {
  declare readonly name: 'ProjectionStoppedError'
  /** The name of what was stopped. */
  declare readonly projection: string

  constructor(projection: string) {
    super(`${JSON.stringify(projection)} is stopped`, { name: 'ProjectionStoppedError', retryable: false, projection })
  }
}
