import { throwError } from 'rxjs'

/** Reports an error that has no handler, the way RxJS does: to `config.onUnhandledError`, or thrown in a new task. */
export function reportUnhandled(error: unknown): void {
  throwError(() => error).subscribe()
}
