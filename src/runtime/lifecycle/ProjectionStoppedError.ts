import { ProjectionError } from '../../../operators/model/errors/ProjectionError.ts'

/** A wait ended without an answer because the projection or projector was stopped. Not retryable. */
export class ProjectionStoppedError extends ProjectionError {
  declare readonly name: 'ProjectionStoppedError'
  /** The name of the stopped projection or projector. */
  declare readonly projection: string

  constructor(projection: string) {
    super(`${JSON.stringify(projection)} is stopped`, { name: 'ProjectionStoppedError', retryable: false, projection })
  }
}
