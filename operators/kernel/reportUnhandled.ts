import { throwError } from 'rxjs'

/** Reports an error that nobody is there to take, the way RxJS does: `config.onUnhandledError`, or thrown in a new task. */
export function reportUnhandled(error: unknown): void {
  throwError(() => error).subscribe()
}
