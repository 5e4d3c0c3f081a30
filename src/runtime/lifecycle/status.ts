/**
 * The status of a run: `hydrating` (waiting to begin, or loading where to continue), `catching-up` (reading history), `live` (at
 * the head, following), `retrying` (waiting after a failure), `stopped` or `faulted` (ended).
 */
export type Status = 'hydrating' | 'catching-up' | 'live' | 'retrying' | 'stopped' | 'faulted'
