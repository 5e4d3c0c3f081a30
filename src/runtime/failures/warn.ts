/** A failure that nobody takes: what `process.emitWarning`, or `reportError` in a browser, is given. */
export class ProjectionWarning extends Error {
  override readonly name = 'ProjectionWarning'
  /** The name of the projection or projector, with `@instance` where it has one. */
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
 * Hands a warning to the platform: `process.emitWarning` in Node, Bun and Deno, which shows it on standard error unless the
 * application takes it; `reportError` in browsers and workers. It never throws and never ends the process.
 */
export function warn(warning: ProjectionWarning): void {
  const host = globalThis as unknown as Host
  try {
    if (typeof host.process?.emitWarning === 'function') host.process.emitWarning(warning)
    else host.reportError?.(warning)
  } catch {
    // A listener that throws is the application's own affair; the run goes on.
  }
}
