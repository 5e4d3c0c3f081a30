import type { Observable } from 'rxjs'

/** Calls back when a signal is aborted, at once if it is already; not any more when `ended$` has completed. */
export function stopOnAbort(signal: AbortSignal | undefined, stop: () => void, ended$: Observable<unknown>): void {
  if (signal === undefined) return
  if (signal.aborted) {
    stop()
    return
  }
  signal.addEventListener('abort', stop, { once: true })
  ended$.subscribe({ complete: () => signal.removeEventListener('abort', stop) })
}
