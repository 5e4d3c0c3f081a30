import { inspect } from '../../../operators/model/errors/inspect.ts'
import { isTime } from './newEvents.ts'

/** Tells the time of an append: the option of that name, whose answers are checked, or the system's clock. */
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
 * A clock to measure durations with, in ms: the machine's monotonic one, which no step of the wall clock moves. Where a test
 * gives the time by the option `now`, it is that time, as far as it goes forwards.
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
