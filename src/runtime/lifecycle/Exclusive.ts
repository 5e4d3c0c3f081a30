import type { SchedulerLike } from 'rxjs'
import {
  catchError,
  concat,
  defer,
  identity,
  type MonoTypeOperatorFunction,
  Observable,
  Subject,
  takeUntil,
} from 'rxjs'
import type { ExclusivelyOptions } from '../../../operators/exclusive/ExclusivelyOptions.ts'
import { exclusively } from '../../../operators/exclusively.ts'
import { inspect } from '../../../operators/model/errors/inspect.ts'
import { isA } from '../../../operators/model/errors/isA.ts'
import { LeaseLostError } from '../../../operators/ports/errors/LeaseLostError.ts'
import type { Lease, LeaseClaim, LeaseOptions, LeaseStore } from '../../../operators/ports/index.ts'
import { leaseKey, oldLeaseKey, type RunId } from './keys.ts'

/** How an exclusive run holds its lease. */
export interface ExclusiveOptions {
  /** Identifies the worker in messages and tables. Default: a random UUID. */
  readonly owner?: string
  /** How long the lease stays taken after its worker died, in ms. Default: 10 000. */
  readonly ttl?: number
  /** The time between two renewals, in ms. Default: a third of `ttl`. */
  readonly renewEvery?: number
  /** How long a standby waits before it asks again, in ms. Default: a third of `ttl`. */
  readonly acquireEvery?: number
}

/** The callbacks of an exclusive run. */
export interface ExclusiveRun {
  readonly id: RunId
  /** Receives the lease when the run begins. */
  readonly onAcquired: (lease: Lease) => void
  /** Receives the name of the lease while another worker holds it. */
  readonly onStandby: (name: string) => void
  /** Receives the error of a failed renewal or release. */
  readonly onError: (error: unknown) => void
  /** Whether the run is stopping. */
  readonly stopping: () => boolean
  /** Saves all unsaved progress while the run still holds the lease, then calls `done`. */
  readonly flush: (done: () => void) => void
}

/**
 * The tag of the joint lease of release 0.1.0. Runs of both kinds and all versions hold it; runs of release 0.1.0 do not join it.
 */
const TOGETHER = 'by kind and version'

/** The options to acquire that lease. Each acquisition has its own owner, so that a late release does not end the next one. */
export function joining(owner: string): Required<Pick<LeaseOptions, 'owner' | 'joint'>> {
  return { joint: TOGETHER, owner: `${owner}/${crypto.randomUUID()}` }
}

/** The lease of an exclusive run: the operator that waits for it, and the claim that the run's saves carry. */
export class Exclusive {
  /** The claim that saves are checked against: that of the last lease held; `undefined` before the first. */
  claim: LeaseClaim | undefined
  readonly #leases: LeaseStore | undefined
  readonly #options: ExclusiveOptions | undefined
  /** Ends the run that owns the claim. */
  #ends = new Subject<never>()

  constructor(leases: LeaseStore | undefined, exclusive: boolean | ExclusiveOptions | undefined) {
    if (exclusive === undefined || exclusive === false) return
    if (exclusive !== true && (typeof exclusive !== 'object' || exclusive === null)) {
      throw new TypeError(`exclusive must be true, false or an object, not ${inspect(exclusive)}`)
    }
    if (leases === undefined) throw new TypeError('exclusive needs a store with leases')
    this.#leases = leases
    this.#options = { owner: crypto.randomUUID(), ...(exclusive === true ? {} : exclusive) }
  }

  /** Whether the run is exclusive. */
  get on(): boolean {
    return this.#leases !== undefined
  }

  /** Subscribes to its source while the run holds the lease; immediately if the run is not exclusive. */
  operator<T>(run: ExclusiveRun, scheduler: SchedulerLike): MonoTypeOperatorFunction<T> {
    const leases = this.#leases
    const options = this.#options
    if (leases === undefined || options === undefined) return identity
    const { id, onError } = run
    const owner = options.owner!
    const holding = (name: string, more: Partial<ExclusivelyOptions>) =>
      exclusively<T>(
        { ...options, leases, name, owner, onStandby: () => run.onStandby(name), onError, ...more },
        scheduler,
      )
    let own: Lease | undefined
    const begin = (): void => run.onAcquired(own!)
    const old = oldLeaseKey(id)
    const alone = holding(leaseKey(id), {
      onAcquired: (lease) => {
        own = lease
        this.claim = { name: lease.name, epoch: lease.epoch }
        if (old === undefined) begin()
      },
    })
    // Also hold the lease of release 0.1.0: this keeps out runs that know only that lease, and waits for those that already run.
    const butOld = (source: Observable<T>): Observable<T> =>
      old === undefined ? source : defer(() => source.pipe(holding(old, { ...joining(owner), onAcquired: begin })))
    return (source) => alone(butOld(this.#endable(flushed(source, run))))
  }

  /** If a save failed because the run's lease is lost, ends the run immediately with that error. Returns whether it did. */
  endedBy(error: unknown): boolean {
    if (!(isA(error, LeaseLostError) && error.epoch === this.claim?.epoch && this.#ends.observed)) return false
    this.#ends.error(error)
    return true
  }

  #endable<T>(source: Observable<T>): Observable<T> {
    return defer(() => {
      this.#ends = new Subject()
      return source.pipe(takeUntil(this.#ends))
    })
  }
}

/** Saves all unsaved progress before a stop releases the lease, because the store may refuse a later save. */
function flushed<T>(source: Observable<T>, { stopping, flush }: ExclusiveRun): Observable<T> {
  const flush$ = new Observable<never>((output) => flush(() => output.complete()))
  const fail = (error: unknown) => new Observable<never>((output) => output.error(error))
  return concat(
    source.pipe(catchError((error: unknown) => (stopping() ? concat(flush$, fail(error)) : fail(error)))),
    flush$,
  )
}
