/** The base class of all errors of this library. */
export abstract class ProjectionError extends Error {
  /** The name of the class, also in minified code. */
  abstract override readonly name: string
  /** Whether a retry can help. `false` faults a projection immediately. */
  readonly retryable: boolean = true

  /** @param fields the error's properties in addition to its message: its name, its fields, its cause. */
  constructor(message: string, fields: object) {
    super(message, fields)
    Object.assign(this, fields)
  }
}
