import { inspect } from '../../../operators/model/errors/inspect.ts'
import { isTime } from './newEvents.ts'

/** Creates the clock for appends: the option `now`, with a check of its results, or the system's clock. */
export function clock(now: (() => string) | undefined): () => string {
  if (now === undefined) return () => new Date().toISOString()
  if (typeof now !== 'function') throw new TypeError(`now must be a function, not ${inspect(now)}`)
  return () => {
    const time = now()
    if (!isTime(time)) throw new TypeError(`now must return an ISO 8601 time in UTC, not ${inspect(time)}`)
    return time
  }
}

/**
 * Creates a clock for durations, in ms: the monotonic clock of the machine, which changes of the system time do not affect. If a
 * test provides the option `now`, this clock follows it as far as it moves forward.
 */
export function stopwatch(now: (() => string) | undefined): () => number {
  if (now === undefined) return () => performance.now()
  const time = clock(now)
  let last: number | undefined
  let elapsed = 0
  return () => {
    const read = Date.parse(time())
    elapsed += Math.max(0, read - (last ?? read))
    last = read
    return elapsed
  }
}
