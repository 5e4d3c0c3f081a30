import { must } from './arguments.ts'

/** How the wait grows from one attempt to the next. */
export interface Backoff {
  /** Multiplies each further wait; at least 1. */
  readonly factor: number
  /** The maximum wait without its random part, in ms. */
  readonly max: number
}

/** The waits of a policy, in ms. */
interface RetryWaits {
  readonly delay: number
  readonly entropy?: number
  readonly backoff?: Backoff
}

/**
 * How long to wait before the n-th attempt, in ms: `min(delay × factor^(n − 1), max)` and a random part.
 *
 * @throws {RangeError} when `random` does not return a number from 0 to 1.
 */
export function retryWait({ delay, entropy = 0, backoff }: RetryWaits, attempt: number, random: () => number): number {
  // Without the first case, 0 × Infinity would give NaN after many attempts.
  const base =
    backoff === undefined || delay === 0 ? delay : Math.min(delay * backoff.factor ** (attempt - 1), backoff.max)
  const part = random()
  must(part >= 0 && part <= 1, 'what random returns', part, 'from 0 to 1')
  return base + Math.min(Math.floor(part * (entropy + 1)), entropy)
}
