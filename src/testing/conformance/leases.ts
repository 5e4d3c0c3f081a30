import {
  type Lease,
  type LeaseClaim,
  LeaseLostError,
  type LeaseOptions,
  type LeaseStore,
  type OpenStore,
} from '../../../operators/ports/index.ts'
import { equal, fails, holds, turn } from './expect.ts'
import { joint, jointBeside } from './jointLeases.ts'
import type { Check, Checks, Trial } from './StoreOpener.ts'

/** Longer than a check takes, in ms. Only checks that set their own `ttl` wait for an expiry. */
const TTL = 60_000
const BRIEF = 250

const me = { owner: 'me', ttl: TTL }
const you = { owner: 'you', ttl: TTL }

/** A check of a store that has leases; other stores pass. */
function leased(check: (store: OpenStore & { readonly leases: LeaseStore }, trial: Trial) => unknown): Check {
  return (store, trial) => store.leases && check({ ...store, leases: store.leases }, trial)
}

/** Takes a lease that must be free. */
async function take(leases: LeaseStore, name: string, options: LeaseOptions = me): Promise<Lease> {
  const lease = await leases.acquire(name, options)
  holds(lease !== undefined, `the lease ${name} must be free for ${options.owner}`)
  return lease
}

/** A lease that was lost: released and acquired by another owner since. Also the claim that a zombie process still makes. */
async function lost(leases: LeaseStore): Promise<{ lease: Lease; next: Lease; claim: LeaseClaim }> {
  const lease = await take(leases, 'l')
  await leases.release(lease)
  const next = await take(leases, 'l', you)
  return { lease, next, claim: { name: lease.name, epoch: lease.epoch } }
}

async function isLost(what: string, { name, epoch }: LeaseClaim, work: () => unknown): Promise<void> {
  const error = await fails(what, LeaseLostError, work)
  equal('the error', { lease: error.lease, epoch: error.epoch }, { lease: name, epoch })
}

/** Checks of a store that has leases. */
export const leases: Checks = {
  'a lease has one holder at a time': leased(async ({ leases }) => {
    const lease = await take(leases, 'l')
    equal(
      'the lease',
      { name: lease.name, owner: lease.owner, epoch: lease.epoch },
      { name: 'l', owner: 'me', epoch: 1 },
    )
    equal('the lease for another', await leases.acquire('l', you), undefined)
    equal('the lease for its holder, once more', await leases.acquire('l', me), undefined)
    await take(leases, 'another', you)
  }),

  'of concurrent acquirers one gets the lease': leased(async ({ leases }) => {
    const owners = ['a', 'b', 'c', 'd']
    const acquired = await Promise.all(owners.map(async (owner) => leases.acquire('l', { owner, ttl: TTL })))
    equal('how many hold it', acquired.filter((lease) => lease !== undefined).length, 1)
  }),

  'a lease that is given back is free at once, and its epoch grows': leased(async ({ leases }) => {
    for (const epoch of [1, 2, 3]) {
      const lease = await take(leases, 'l', epoch === 2 ? you : me)
      equal('the epoch', lease.epoch, epoch)
      await leases.release(lease)
    }
    equal('the first epoch of another lease', (await take(leases, 'another')).epoch, 1)
  }),

  'a lease that is not renewed gets free when its time is over': leased(async ({ leases }, { eventually }) => {
    await take(leases, 'l', { owner: 'dead', ttl: BRIEF })
    equal('the lease while its time lasts', await leases.acquire('l', you), undefined)
    let next: Lease | undefined
    await eventually('a lease whose time is over gets free', async () => {
      next = await leases.acquire('l', you)
      return next !== undefined
    })
    equal('the epoch', next?.epoch, 2)
  }),

  'a lease that is renewed stays with its holder': leased(async ({ leases }) => {
    const lease = await take(leases, 'l', { owner: 'me', ttl: BRIEF })
    await leases.renew(lease, { ttl: TTL })
    const over = performance.now() + 2 * BRIEF
    while (performance.now() < over) await turn()
    equal('the lease for another', await leases.acquire('l', you), undefined)
    await leases.renew(lease, { ttl: TTL })
  }),

  'a lease that is lost cannot be renewed, and giving it back leaves the new holder alone': leased(
    async ({ leases }) => {
      const { lease, next } = await lost(leases)
      await isLost('a renewal of a lost lease', lease, () => leases.renew(lease, { ttl: TTL }))
      await leases.release(lease)
      equal('the lease for a third', await leases.acquire('l', { owner: 'third', ttl: TTL }), undefined)
      await leases.renew(next, { ttl: TTL })
    },
  ),

  ...joint,

  'a position is saved under a lease that is held': leased(async ({ leases, positions }) => {
    const { next } = await lost(leases)
    await positions.save('a', 3, { expected: 0, lease: next })
    await positions.save('a', 4, { lease: { name: next.name, epoch: next.epoch } })
    equal('the position', await positions.load('a'), 4)
  }),

  'a position under a lost lease is a LeaseLostError, and nothing is saved': leased(async ({ leases, positions }) => {
    const { claim } = await lost(leases)
    await positions.save('a', 3)
    await isLost('a save of a position', claim, () => positions.save('a', 4, { lease: claim }))
    await isLost('a save that expects', claim, () => positions.save('a', 4, { expected: 3, lease: claim }))
    await isLost('a first save', claim, () => positions.save('b', 4, { expected: 0, lease: claim }))
    equal('the positions', [await positions.load('a'), await positions.load('b')], [3, 0])
  }),

  'a snapshot is saved under a lease that is held': leased(async ({ leases, snapshots }) => {
    const { next } = await lost(leases)
    await snapshots.save('a', 1, { offset: 3, state: 'next' }, { lease: next })
    equal('the snapshot', await snapshots.load('a', 1), { offset: 3, state: 'next' })
  }),

  'a snapshot under a lost lease is a LeaseLostError, and nothing is saved': leased(async ({ leases, snapshots }) => {
    const { claim } = await lost(leases)
    await snapshots.save('a', 1, { offset: 3, state: 'held' })
    for (const name of ['a', 'b']) {
      await isLost('a save of a snapshot', claim, () =>
        snapshots.save(name, 1, { offset: 4, state: 'zombie' }, { lease: claim }),
      )
    }
    equal('the snapshot', await snapshots.load('a', 1), { offset: 3, state: 'held' })
    equal('the other snapshot', await snapshots.load('b', 1), undefined)
  }),

  'a transaction under a lost lease is a LeaseLostError, and leaves nothing behind': leased(
    async ({ leases, transactions, positions }) => {
      if (transactions === undefined) return
      const { claim, next } = await lost(leases)
      await isLost('a transaction', claim, () =>
        transactions.run((transaction) => {
          const first = transaction.positions.save('other', 9)
          const move = () => transaction.positions.save('a', 4, { expected: 0, lease: claim })
          return first === undefined ? move() : first.then(move)
        }),
      )
      equal('the positions', [await positions.load('a'), await positions.load('other')], [0, 0])
      await transactions.run((transaction) => transaction.positions.save('a', 4, { expected: 0, lease: next }))
      equal('the position', await positions.load('a'), 4)
    },
  ),

  'the arguments of leases are checked': leased(async ({ leases }) => {
    for (const name of ['', undefined, 7]) {
      await fails(`a lease named ${name}`, TypeError, () => leases.acquire(name as string, me))
      await fails(`a lease for ${name}`, TypeError, () => leases.acquire('l', { owner: name as string, ttl: TTL }))
    }
    const lease = await take(leases, 'l')
    for (const ttl of [0, -1, 1.5, Number.NaN, undefined]) {
      const options = { owner: 'me', ttl: ttl as number }
      await fails(`a lease for ${ttl} ms`, RangeError, () => leases.acquire('another', options))
      await fails(`a renewal for ${ttl} ms`, RangeError, () => leases.renew(lease, options))
    }
  }),
}

/** Checks of a store that is opened twice. */
export const leasesBeside: Checks = {
  ...jointBeside,

  'a lease of one opening is held against the other, and fences it': async (store, { opener }) => {
    if (store.leases === undefined) return
    await using other = await opener.openAgain!(store)
    holds(other.leases !== undefined, 'a store that is opened again must have its leases')
    const lease = await take(store.leases, 'l')
    equal('the lease for the other', await other.leases.acquire('l', you), undefined)
    await store.leases.release(lease)
    const next = await take(other.leases, 'l', you)
    equal('the epoch', next.epoch, 2)
    await isLost('a save of a position', lease, () => store.positions.save('a', 1, { lease }))
    await isLost('a renewal', lease, () => store.leases!.renew(lease, { ttl: TTL }))
    await other.positions.save('a', 2, { lease: next })
    equal('the position', await store.positions.load('a'), 2)
  },
}
