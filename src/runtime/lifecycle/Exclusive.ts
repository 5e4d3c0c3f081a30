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

/** How the lease of an exclusive run is held. */
export interface ExclusiveOptions {
  /** Tells workers apart, in messages and tables. Default: a random UUID. */
  readonly owner?: string
  /** How long a worker that died keeps the others out, in ms. Default: 10 000. */
  readonly ttl?: number
  /** How long to wait between two renewals, in ms. Default: a third of `ttl`. */
  readonly renewEvery?: number
  /** How long a standby waits before it asks again, in ms. Default: a third of `ttl`. */
  readonly acquireEvery?: number
}

/** What an exclusive run does at the turns of its lease. */
export interface ExclusiveRun {
  readonly id: RunId
  /** Told of the lease when the run begins. */
  readonly onAcquired: (lease: Lease) => void
  /** Told of the name of the lease that somebody else holds. */
  readonly onStandby: (name: string) => void
  /** Told of a renewal or a release that failed. */
  readonly onError: (error: unknown) => void
  /** Whether the run was told to stop. */
  readonly stopping: () => boolean
  /** Makes durable what is not yet, then calls back; while the lease is still held. */
  readonly flush: (done: () => void) => void
}

/** The tag under which the lease of release 0.1.0 is held: by runs of both kinds and all versions, but not by its own. */
const TOGETHER = 'by kind and version'

/**
 * How a run asks for that lease. Each holding has an owner of its own, so that one that is given back late does not end the next.
 */
export function joining(owner: string): Required<Pick<LeaseOptions, 'owner' | 'joint'>> {
  return { joint: TOGETHER, owner: `${owner}/${crypto.randomUUID()}` }
}

/** The lease of a run, where it has to be alone: the operator that waits for it, and the claim that its saves are under. */
export class Exclusive {
  /** What saves are checked against; the last one that was held, `undefined` before the first. */
  claim: LeaseClaim | undefined
  readonly #leases: LeaseStore | undefined
  readonly #options: ExclusiveOptions | undefined
  /** Ends the run that the claim belongs to. */
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

  /** Whether the run has to be alone. */
  get on(): boolean {
    return this.#leases !== undefined
  }

  /** Subscribes its source while the lease is held; where the run need not be alone, at once. */
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
    // While it runs it also keeps out who knows the old lease alone; and waits for one that is there.
    const butOld = (source: Observable<T>): Observable<T> =>
      old === undefined ? source : defer(() => source.pipe(holding(old, { ...joining(owner), onAcquired: begin })))
    return (source) => alone(butOld(this.#endable(flushed(source, run))))
  }

  /** Ends the run at once with the error of a save, where that says that the run's lease is lost; whether it did. */
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

/** Makes durable what is not yet before a stop gives the lease back: afterwards a save could come too late. */
function flushed<T>(source: Observable<T>, { stopping, flush }: ExclusiveRun): Observable<T> {
  const flush$ = new Observable<never>((output) => flush(() => output.complete()))
  const fail = (error: unknown) => new Observable<never>((output) => output.error(error))
  return concat(
    source.pipe(catchError((error: unknown) => (stopping() ? concat(flush$, fail(error)) : fail(error)))),
    flush$,
  )
}
