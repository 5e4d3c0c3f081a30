import type { Lease, LeaseStore, MaybePromise, OpenStore, PositionStore, Snapshot } from 'rx-projection'
import { sqlite } from 'rx-projection/sqlite'
import { files, newFileStore } from '../support/files.ts'
import { jointLeaseMutants, jointLeasesBesideMutants } from './jointLeaseMutants.ts'
import { type Mutants, wrong, wrongPositions, wrongSnapshots } from './mutant.ts'

/** A memory store with something wrong about its leases. */
function wrongLeases(change: (leases: LeaseStore) => Partial<LeaseStore>) {
  return wrong(({ leases }) => ({ leases: { ...leases!, ...change(leases!) } }))
}

/** Positions that take no notice of leases. */
function unfenced({ load, save }: PositionStore): PositionStore {
  return {
    load,
    save: (name, position, { expected } = {}) => save(name, position, expected === undefined ? {} : { expected }),
  }
}

export const leaseMutants: Mutants = {
  ...jointLeaseMutants,
  'a lease has one holder at a time': wrongLeases(({ acquire }) => {
    const held = new Map<string, Lease>()
    return {
      acquire(name, options) {
        const mine = held.get(`${name} ${options.owner}`)
        if (mine !== undefined) return mine
        const lease = acquire(name, options) as Lease | undefined
        if (lease !== undefined) held.set(`${name} ${options.owner}`, lease)
        return lease
      },
    }
  }),
  'of concurrent acquirers one gets the lease': wrongLeases(({ acquire }) => {
    const taken = new Set<string>()
    return {
      async acquire(name, options) {
        if (taken.has(name)) return undefined
        await Promise.resolve()
        taken.add(name)
        return acquire(`${name} ${options.owner}`, options)
      },
    }
  }),
  'a lease that is given back is free at once, and its epoch grows': wrongLeases(({ acquire }) => ({
    acquire(name, options) {
      const lease = acquire(name, options) as Lease | undefined
      return lease && { ...lease, epoch: 1 }
    },
  })),
  'a lease that is not renewed gets free when its time is over': wrongLeases(({ acquire }) => ({
    acquire: (name, options) => acquire(name, { ...options, ttl: 1_000_000 }),
  })),
  'a lease that is renewed stays with its holder': wrongLeases(() => ({ renew: () => undefined })),
  'a lease that is lost cannot be renewed, and giving it back leaves the new holder alone': wrongLeases(
    ({ acquire, release }) => {
      const newest = new Map<string, Lease>()
      return {
        acquire(name, options) {
          const lease = acquire(name, options) as Lease | undefined
          if (lease !== undefined) newest.set(name, lease)
          return lease
        },
        release: ({ name }) => release(newest.get(name)!),
      }
    },
  ),
  'a position is saved under a lease that is held': wrongPositions(({ save }) => ({
    save: (name: string, position: number) => save(name, position, { lease: { name: 'l', epoch: 1 } }),
  })),
  'a position under a lost lease is a LeaseLostError, and nothing is saved': wrong(({ positions }) => ({
    positions: unfenced(positions),
  })),
  'a snapshot is saved under a lease that is held': wrongSnapshots(({ save }) => ({
    save: (name: string, version: number, snapshot: Snapshot<unknown>) =>
      save(name, version, snapshot, { lease: { name: 'l', epoch: 1 } }),
  })),
  'a snapshot under a lost lease is a LeaseLostError, and nothing is saved': wrongSnapshots(({ save }) => ({
    save(name: string, version: number, snapshot: Snapshot<unknown>, options: object) {
      save(name, version, snapshot)
      return save(name, version, snapshot, options)
    },
  })),
  'a transaction under a lost lease is a LeaseLostError, and leaves nothing behind': {
    open(): OpenStore {
      const store: OpenStore = sqlite(':memory:')
      return {
        ...store,
        transactions: {
          run: <T>(work: (transaction: never) => MaybePromise<T>) =>
            store.transactions!.run(({ context, positions }) =>
              work({ context, positions: unfenced(positions) } as never),
            ),
        },
      }
    },
  },
  'the arguments of leases are checked': wrongLeases(({ renew }) => ({
    renew: (lease, { ttl }) => renew(lease, { ttl: Math.trunc(ttl) || 1 }),
  })),
}

export const leasesBesideMutants: Mutants = {
  ...jointLeasesBesideMutants,
  'a lease of one opening is held against the other, and fences it': {
    ...files,
    openAgain: async (store) => ({ ...(await files.openAgain!(store)), leases: newFileStore().leases! }),
  },
}
