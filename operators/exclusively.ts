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
 * Subscribes to its source while a lease is held. Of all subscriptions that use the same lease, one runs and the others stand
 * by.
 *
 *     lease:   held by another----free
 *     source:                     --a--b--c
 *     exclusively({ leases, name, owner })
 *     output:  ---------------------a--b--c
 *
 * 1. Requests the lease at each subscription, then every `acquireEvery` ms, or when the store hints that it is free.
 * 2. While the lease is held, it is renewed every `renewEvery` ms. A failed renewal is retried until `ttl` ms have passed since
 *    the last successful one.
 * 3. The lease is lost if another owner has it, if the store reports the loss, or if no renewal succeeds in time. The source is
 *    then unsubscribed immediately, and the output errors with a {@link LeaseLostError}. A `retryWithJitter` after this
 *    operator stands by again.
 * 4. Completion, an error and unsubscription release the lease.
 * 5. If the store does not answer an acquire within `ttl` ms, the output errors with a {@link TimeoutError}, and a lease that
 *    arrives later is released. If the store does not answer a renewal or a release within a third of `ttl`, `onError` receives
 *    a {@link TimeoutError}.
 * 6. Hints that complete, as they do when a store is closed, trigger one more request.
 *
 * Time alone never guarantees exclusivity: a paused process may wake up after its lease was given to another process. Therefore
 * the store checks each save against the lease's epoch: see the `lease` option of `positions.save` and `snapshots.save`.
 *
 * @param scheduler the clock and the timer; `asyncScheduler` by default.
 * @throws {TypeError | RangeError} names the invalid option.
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
