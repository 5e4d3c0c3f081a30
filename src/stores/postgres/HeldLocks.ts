import type { Lease } from '../../../operators/ports/leases.ts'
import type { LeaseSession } from './LeaseSession.ts'

interface Held {
  readonly session: LeaseSession
  /** The owners of a lease that is held jointly, each once: it is locked as many times. */
  readonly owners: Set<string> | undefined
}

/** The locks that a store's sessions hold, by the leases that they stand for. */
export class HeldLocks {
  readonly #held = new Map<string, Held>()

  add(lease: Lease, session: LeaseSession): void {
    const before = this.#held.get(lockOf(lease))
    const owners = before?.session === session ? before.owners : undefined
    this.#held.set(lockOf(lease), {
      session,
      owners: lease.joint === undefined ? undefined : new Set(owners).add(lease.owner),
    })
  }

  /** The session that took a lease, as long as that lasts and the lease is not given back. */
  sessionOf(lease: Lease): LeaseSession | undefined {
    const held = this.#held.get(lockOf(lease))
    if (!held?.session.alive || (lease.joint !== undefined && held.owners?.has(lease.owner) === false)) return undefined
    return held.session
  }

  delete(lease: Lease): void {
    const owners = this.#held.get(lockOf(lease))?.owners
    owners?.delete(lease.owner)
    if (lease.joint === undefined || owners === undefined || owners.size === 0) this.#held.delete(lockOf(lease))
  }

  /** The locks of leases that are held alone. */
  get alone(): string[] {
    return [...this.#held].flatMap(([lock, { owners }]) => (owners === undefined ? [lock] : []))
  }

  /** The locks of leases that are held jointly, each as many times as it is held. */
  get jointly(): string[] {
    return [...this.#held].flatMap(([lock, { owners = new Set() }]) => [...owners].map(() => lock))
  }
}

function lockOf({ name, epoch }: Lease): string {
  return `${name}@${epoch}`
}
