import { messageOf } from './messageOf.ts'
import { ProjectionError } from './ProjectionError.ts'

/** Why a wait may have taken too long. */
export interface TimeoutReason {
  /** The status of the run. */
  readonly status?: string | undefined
  /** The number of consecutive failures of the run. */
  readonly attempts?: number
  /** The last of these failures. */
  readonly failure?: { readonly error: unknown } | undefined
  /** What the reader can do, in words. */
  readonly advice?: string | undefined
}

/** A wait took longer than its `timeout`. The wait is cleaned up, and the projection continues. */
export class TimeoutError extends ProjectionError {
  declare readonly name: 'TimeoutError'
  /** The operation that did not finish. */
  declare readonly operation: string
  /** The timeout, in ms. */
  declare readonly timeout: number

  /** The status of the run at that time, such as `retrying`. Absent if the wait was not for a run. */
  declare readonly status: string | undefined
  /** The number of consecutive failures of the run. */
  declare readonly attempts: number | undefined
  /** The last failure of the run, if the run has not recovered from it. */
  declare readonly cause: unknown

  constructor(operation: string, timeout: number, { status, attempts = 0, failure, advice }: TimeoutReason = {}) {
    const help = advice === undefined ? '' : `; ${advice}`
    super(`${operation} took longer than ${timeout} ms${reasonOf({ status, attempts, failure })}${help}`, {
      name: 'TimeoutError',
      operation,
      timeout,
      ...(status !== undefined && { status, attempts }),
      ...(failure && { cause: failure.error }),
    })
  }
}

function reasonOf({ status, attempts, failure }: TimeoutReason): string {
  if (status === undefined) return ''
  if (failure === undefined) return `; it is ${status}`
  const times = attempts === 1 ? 'once' : `${attempts} times in a row`
  return `; it is ${status} and has failed ${attempts === 0 ? '' : `${times}, `}last with: ${messageOf(failure.error)}`
}
