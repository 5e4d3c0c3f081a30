/** What all errors of this library have in common. */
export abstract class ProjectionError extends Error {
  /** The class's name, also in minified code. */
  abstract override readonly name: string
  /** Whether trying again can help. `false` faults a projection at once. */
  readonly retryable: boolean = true

  /** @param fields what the error says beside its message: its name, its fields, its cause. */
  constructor(message: string, fields: object) {
    super(message, fields)
    Object.assign(this, fields)
  }
}
