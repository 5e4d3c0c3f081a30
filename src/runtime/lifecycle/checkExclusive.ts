import { checkCount, checkDelay } from '../../../operators/kernel/arguments.ts'
import { inspect } from '../../../operators/model/errors/inspect.ts'
import { checkKeys } from '../../../operators/model/keys.ts'
import { isName, NAME } from '../../../operators/model/names.ts'

/** @throws {TypeError | RangeError} names the wrong or unknown option of an exclusive run. */
export function checkExclusive(exclusive: unknown): void {
  if (exclusive === undefined || typeof exclusive === 'boolean') return
  if (typeof exclusive !== 'object' || exclusive === null) {
    throw new TypeError(`exclusive must be true, false or an object, not ${inspect(exclusive)}`)
  }
  checkKeys(exclusive, ['owner', 'ttl', 'renewEvery', 'acquireEvery'], 'exclusive')
  const { owner = 'w', ttl = 10_000, renewEvery, acquireEvery = 0 } = exclusive as Record<string, unknown>
  if (!isName(owner)) throw new TypeError(`exclusive.owner must be ${NAME}, not ${inspect(owner)}`)
  checkCount('exclusive.ttl', ttl)
  checkDelay('exclusive.ttl', ttl)
  checkDelay('exclusive.acquireEvery', acquireEvery)
  if (renewEvery === undefined) return
  checkDelay('exclusive.renewEvery', renewEvery)
  if (!((renewEvery as number) < (ttl as number))) {
    throw new RangeError(`exclusive.renewEvery must be less than exclusive.ttl, ${ttl} ms, not ${renewEvery}`)
  }
}
