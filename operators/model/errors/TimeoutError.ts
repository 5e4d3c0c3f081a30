import { messageOf } from './messageOf.ts'
import { ProjectionError } from './ProjectionError.ts'

/** Why a wait may have taken too long. */
export interface TimeoutReason {
  /** Where the run stands. */
  readonly status?: string | undefined
  /** How many failures in a row it has had. */
  readonly attempts?: number
  /** The last of them. */
  readonly failure?: { readonly error: unknown } | undefined
  /** What helps, in words. */
  readonly advice?: string | undefined
}

/** A wait took longer than its `timeout`. It leaves nothing behind; the projection goes on. */
export class TimeoutError extends ProjectionError {
  declare readonly name: 'TimeoutError'
  /** What was waited for. */
  declare readonly operation: string
  /** How long, in ms. */
  declare readonly timeout: number

  /** Where the run stood then, such as `retrying`. Absent where nobody waited for a run. */
  declare readonly status: string | undefined
  /** How many failures in a row the run has had. */
  declare readonly attempts: number | undefined
  /** The last failure of the run, if it has not got past it. */
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
