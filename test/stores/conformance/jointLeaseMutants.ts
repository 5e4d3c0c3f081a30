import type { Lease, LeaseOptions, LeaseStore } from 'rx-projection'
import { files, newFileStore } from '../support/files.ts'
import { type Mutants, wrong } from './mutant.ts'

/** A memory store with something wrong about its leases. */
function wrongLeases(change: (leases: LeaseStore) => Partial<LeaseStore>) {
  return wrong(({ leases }) => ({ leases: { ...leases!, ...change(leases!) } }))
}

/** Leases of which those who give a tag are others than those who give none. */
const apart = wrongLeases(({ acquire, renew, release }) => {
  const inner = ({ name, joint }: { readonly name: string; readonly joint?: string }) =>
    joint === undefined ? name : `${name} jointly`
  return {
    acquire(name, options: LeaseOptions) {
      const lease = acquire(inner({ name, ...options }), options) as Lease | undefined
      return lease && { ...lease, name }
    },
    renew: (lease, options) => renew({ ...lease, name: inner(lease) }, options),
    release: (lease) => release({ ...lease, name: inner(lease) }),
  }
})

export const jointLeaseMutants: Mutants = {
  'a lease that is held jointly has one epoch and keeps out all who do not share it': apart,
  'a lease that one alone holds cannot be joined': apart,
  'a lease that is held jointly gets free with the last one that gives it back': wrongLeases(({ release }) => ({
    // Any one of them frees it for all.
    release: ({ name, epoch, owner }) => release({ name, epoch, owner }),
  })),
  'one who holds a lease jointly for long is not cut short by one who holds it briefly': wrongLeases(({ renew }) => ({
    renew: ({ name, epoch, owner }, options) => renew({ name, epoch, owner }, options),
  })),
  'a lease that is held jointly gets free when its time is over, also where one left and one crashed': wrongLeases(
    ({ release }) => ({
      release: (lease) => release({ ...lease, owner: 'crashed' }),
      acquire: (name, options) => ({ name, epoch: 1, ...options }),
    }),
  ),
}

export const jointLeasesBesideMutants: Mutants = {
  'a lease is held jointly by two openings, and gets free with the last one': {
    ...files,
    openAgain: async (store) => ({ ...(await files.openAgain!(store)), leases: newFileStore().leases! }),
  },
}
