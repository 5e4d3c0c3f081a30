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
