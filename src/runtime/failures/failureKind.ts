import { isA } from '../../../operators/model/errors/isA.ts'
import { HandlerError, ProjectionError, UnknownEventError } from '../../../operators/model/index.ts'
import { LeaseLostError, StoreError, UndecodableSnapshotError } from '../../../operators/ports/index.ts'
import { MissedEventError } from '../../../operators/sequence/MissedEventError.ts'

/**
 * The part that failed: the `handler` of an event, the `store`, a `gap` in the log, a `lease`, or the `configuration`. No retry
 * fixes a configuration.
 */
export type FailureKind = 'handler' | 'store' | 'gap' | 'lease' | 'configuration'

/** Derives the kind of a failure from its error. */
export function failureKind(error: unknown): FailureKind {
  if (isA(error, HandlerError) || isA(error, UnknownEventError)) return 'handler'
  if (isA(error, MissedEventError)) return 'gap'
  if (isA(error, LeaseLostError)) return 'lease'
  if (isA(error, StoreError) || isA(error, UndecodableSnapshotError)) return 'store'
  return isA(error, ProjectionError) && !error.retryable ? 'configuration' : 'store'
}
