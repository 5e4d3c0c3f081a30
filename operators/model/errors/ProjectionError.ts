/** What all errors of this library have in common. */
export abstract class ProjectionError extends Error {
  /** The class's name, also in minified code. */
  abstract override readonly name: string
  /** Whether trying again can help. `false` faults a projection at once. */
  get retryable(): boolean {
    return true
  }
}
