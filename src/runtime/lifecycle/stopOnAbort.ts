import type { Observable } from 'rxjs'

/** Calls `stop` when a signal is aborted, immediately if it already is. Stops listening when `ended$` completes. */
export function stopOnAbort(signal: AbortSignal | undefined, stop: () => void, ended$: Observable<unknown>): void {
  if (signal === undefined) return
  if (signal.aborted) {
    stop()
    return
  }
  signal.addEventListener('abort', stop, { once: true })
  ended$.subscribe({ complete: () => signal.removeEventListener('abort', stop) })
}
