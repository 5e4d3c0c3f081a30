import { identity, type MonoTypeOperatorFunction, type SchedulerLike } from 'rxjs'
import { exclusively } from '../../operators/exclusively.ts'
import { inspect } from '../../operators/model/errors/inspect.ts'
import type { Lease, LeaseClaim, LeaseStore } from '../../operators/model/index.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'

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

/** The lease of a run, where it has to be alone: the operator that waits for it, and the claim that its saves are under. */
export class Exclusive {
  /** What saves are checked against; the last one that was held, `undefined` before the first. */
  claim: LeaseClaim | undefined
  private readonly leases: LeaseStore | undefined
  private readonly options: ExclusiveOptions | undefined

  constructor(leases: LeaseStore | undefined, exclusive: boolean | ExclusiveOptions | undefined) {
    if (exclusive === undefined || exclusive === false) return
    if (exclusive !== true && (typeof exclusive !== 'object' || exclusive === null)) {
      throw new TypeError(`exclusive must be true, false or an object, not ${inspect(exclusive)}`)
    }
    if (leases === undefined) throw new TypeError('exclusive needs a store with leases')
    this.leases = leases
    this.options = { owner: crypto.randomUUID(), ...(exclusive === true ? {} : exclusive) }
  }

  /** Subscribes its source while the lease of that name is held; where the run need not be alone, at once. */
  operator<T>(
    name: string,
    telemetry: Telemetry,
    tell: (error: unknown) => void,
    scheduler: SchedulerLike,
  ): MonoTypeOperatorFunction<T> {
    const { leases, options } = this
    if (leases === undefined || options === undefined) return identity
    return exclusively<T>(
      {
        ...options,
        leases,
        name,
        owner: options.owner!,
        onAcquired: ({ name, epoch }: Lease) => {
          this.claim = { name, epoch }
          if (telemetry.on) telemetry.emit({ type: 'lease.acquired', lease: name, epoch })
        },
        onStandby: () => telemetry.on && telemetry.emit({ type: 'lease.standby', lease: name }),
        onError: tell,
      },
      scheduler,
    )
  }
}
