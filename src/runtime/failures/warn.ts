/** A failure that nobody receives. It is passed to `process.emitWarning`, or to `reportError` in a browser. */
export class ProjectionWarning extends Error {
  override readonly name = 'ProjectionWarning'
  /** The name of the projection or projector, with `@instance` if it has one. */
  readonly projection: string

  constructor(projection: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.projection = projection
  }
}

interface Host {
  readonly process?: { readonly emitWarning?: (warning: Error) => void }
  readonly reportError?: (error: unknown) => void
}

/**
 * Passes a warning to the platform. Node, Bun and Deno have `process.emitWarning`, which prints it on standard error unless the
 * application handles it. Browsers and workers have `reportError`. It never throws and never ends the process.
 */
export function warn(warning: ProjectionWarning): void {
  const host = globalThis as unknown as Host
  try {
    if (typeof host.process?.emitWarning === 'function') host.process.emitWarning(warning)
    else host.reportError?.(warning)
  } catch {
    // A listener of the application may throw; the run continues.
  }
}
