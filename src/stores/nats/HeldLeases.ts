import type { LeaseClaim } from '../../../operators/ports/leases.ts'
import { encodeName } from './names.ts'

/** A lease, as it is stored. */
export interface LeaseRecord {
  readonly owner: string
  readonly epoch: number
  /** For how long it is held from its last change on, in ms; `0` when it was given back. */
  readonly ttl: number
  /** Tells two leases of one epoch apart, should the bucket have been lost between them. Absent in older ones. */
  readonly token?: string
}

/** The key of a lease. */
export function leaseKey(name: string): string {
  return `l.${encodeName(name)}`
}

/** The leases that were taken by this store: each has a token, so that it is told from another one of the same epoch. */
export class HeldLeases {
  readonly #tokens = new Map<string, { readonly epoch: number; readonly token: string }>()

  /** Remembers a lease that was taken here: a claim to it holds for no other of the same epoch. */
  add(lease: string, epoch: number, token: string): void {
    this.#tokens.set(lease, { epoch, token })
  }

  /** Whether a stored lease is the one that a claim is made to. */
  isHeld(record: LeaseRecord | undefined, { name, epoch }: LeaseClaim): record is LeaseRecord {
    if (record?.epoch !== epoch) return false
    const own = this.#tokens.get(name)
    return own?.epoch !== epoch || record.token === undefined || record.token === own.token
  }
}
