import { asyncScheduler, type MonoTypeOperatorFunction, Observable, type SchedulerLike } from 'rxjs'
import type { ExclusivelyOptions } from './exclusive/ExclusivelyOptions.ts'
import { LeaseHolder } from './exclusive/LeaseHolder.ts'
import {
  checkCount,
  checkDelay,
  checkFunction,
  checkObject,
  checkOptionalFunction,
  checkScheduler,
  must,
} from './kernel/arguments.ts'
import { checkKeys } from './model/keys.ts'
import { isName, NAME } from './model/names.ts'

const EXCLUSIVELY = [
  'leases',
  'name',
  'owner',
  'joint',
  'ttl',
  'renewEvery',
  'acquireEvery',
  'onAcquired',
  'onStandby',
  'onError',
]

/**
 * Subscribes its source while a lease is held; of all who use the same lease, one runs and the others stand by.
 *
 *     lease:   held by another----free
 *     source:                     --a--b--c
 *     exclusively({ leases, name, owner })
 *     output:  ---------------------a--b--c
 *
 * 1. Asks for the lease at each subscription, then every `acquireEvery` ms, or when the store hints that it is free.
 * 2. While it is held it is renewed every `renewEvery` ms. A renewal that fails is tried again until `ttl` ms have passed
 *    since the last good one.
 * 3. Lost (somebody else has it, the store says so, or no renewal in time): the source is unsubscribed at once, and the
 *    output errors with a {@link LeaseLostError}. A `retryWithJitter` behind it stands by again.
 * 4. Completion, an error or unsubscribing give the lease back.
 * 5. A store that does not answer: an acquire is a {@link TimeoutError} after `ttl` ms, and a lease that comes later is given
 *    back; a renewal or a release is told to `onError` after a third of `ttl`.
 * 6. Hints that complete, as they do when a store is closed, are one more reason to ask.
 *
 * Being alone is never certain by time: a paused process may wake up after its lease was given to another. So what is saved
 * is checked against the lease's epoch in the store: see the `lease` option of `positions.save` and `snapshots.save`.
 *
 * @param scheduler the clock and the timer; `asyncScheduler` by default.
 * @throws {TypeError | RangeError} names the option that is wrong.
 */
export function exclusively<T>(
  options: ExclusivelyOptions,
  scheduler: SchedulerLike = asyncScheduler,
): MonoTypeOperatorFunction<T> {
  checkObject('options', options)
  checkKeys(options, EXCLUSIVELY)
  const { leases, name, owner, ttl = 10_000, renewEvery = ttl / 3, acquireEvery = ttl / 3 } = options
  checkObject('leases', leases)
  for (const method of ['acquire', 'renew', 'release'] as const) checkFunction(`leases.${method}`, leases[method])
  must(isName(name), 'name', name, NAME, TypeError)
  must(isName(owner), 'owner', owner, NAME, TypeError)
  if (options.joint !== undefined) must(isName(options.joint), 'joint', options.joint, NAME, TypeError)
  checkCount('ttl', ttl)
  checkDelay('ttl', ttl)
  checkDelay('renewEvery', renewEvery)
  checkDelay('acquireEvery', acquireEvery)
  if (!(renewEvery < ttl)) throw new RangeError(`renewEvery must be less than ttl, ${ttl} ms, not ${renewEvery}`)
  checkOptionalFunction('onAcquired', options.onAcquired)
  checkOptionalFunction('onStandby', options.onStandby)
  checkOptionalFunction('onError', options.onError)
  checkScheduler('scheduler', scheduler)
  return (source) =>
    new Observable((output) => {
      new LeaseHolder(source, output, { ...options, ttl, renewEvery, acquireEvery }, scheduler).start()
    })
}
