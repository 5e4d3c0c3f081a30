import {
  HandlerError,
  LeaseLostError,
  MissedEventError,
  ProjectionError,
  StoreError,
  UndecodableSnapshotError,
  UnknownEventError,
} from '../../operators/model/index.ts'

/**
 * What a failure belongs to: an event's `handler`, the `store`, a `gap` in the log, a `lease`, or the `configuration`, which
 * no retry mends.
 */
export type FailureKind = 'handler' | 'store' | 'gap' | 'lease' | 'configuration'

/** The kind of a failure, as its error tells it. */
export function failureKind(error: unknown): FailureKind {
  if (error instanceof HandlerError || error instanceof UnknownEventError) return 'handler'
  if (error instanceof MissedEventError) return 'gap'
  if (error instanceof LeaseLostError) return 'lease'
  if (error instanceof StoreError || error instanceof UndecodableSnapshotError) return 'store'
  return error instanceof ProjectionError && !error.retryable ? 'configuration' : 'store'
}
