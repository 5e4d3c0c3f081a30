import { ProjectionError } from '../../../operators/model/errors/ProjectionError.ts'

/** A push source completed. A projection never ends by itself, so it subscribes to the source again, as after any error. */
export class SourceCompletedError extends ProjectionError {
  declare readonly name: 'SourceCompletedError'
  /** The name of the projection or projector. */
  declare readonly projection: string

  constructor(projection: string) {
    super(`the source of ${JSON.stringify(projection)} completed`, { name: 'SourceCompletedError', projection })
  }
}
