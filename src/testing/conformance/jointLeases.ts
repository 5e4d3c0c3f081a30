import { type Lease, LeaseLostError, type LeaseStore } from '../../../operators/ports/index.ts'
import { equal, fails, holds, turn } from './expect.ts'
import type { Check, Checks } from './StoreOpener.ts'

/** Longer than a check takes, in ms. Only checks that set their own `ttl` wait for an expiry. */
const TTL = 60_000
const BRIEF = 250

const alone = { owner: 'alone', ttl: TTL }

/** The options that acquire a lease jointly. */
const joining = (owner: string, ttl = TTL, joint = 'we') => ({ owner, ttl, joint })

/** A check of a store whose leases can be held jointly; other stores pass. */
function jointly(
  check: (leases: LeaseStore, first: Lease, trial: Parameters<Check>[1]) => unknown,
  { ttl = TTL }: { readonly ttl?: number } = {},
): Check {
  return async ({ leases }, trial) => {
    const first = await leases?.acquire('l', joining('first', ttl))
    // A store that ignores the tag does not return it.
    if (leases !== undefined && first?.joint !== undefined) await check(leases, first, trial)
  }
}

async function take(leases: LeaseStore, options: Parameters<LeaseStore['acquire']>[1]): Promise<Lease> {
  const lease = await leases.acquire('l', options)
  holds(lease !== undefined, `the lease must be free for ${options.owner}`)
  return lease
}

/** Checks of a store whose leases can be held jointly. */
export const joint: Checks = {
  'a lease that is held jointly has one epoch and keeps out all who do not share it': jointly(async (leases, first) => {
    const second = await take(leases, joining('second'))
    const { name, owner, epoch, joint } = second
    equal('the second lease', { name, owner, epoch, joint }, { name: 'l', owner: 'second', epoch: 1, joint: 'we' })
    equal('the lease for one alone', await leases.acquire('l', alone), undefined)
    equal('the lease under another tag', await leases.acquire('l', joining('third', TTL, 'they')), undefined)
    await leases.renew(first, { ttl: TTL })
    await leases.renew(second, { ttl: TTL })
  }),

  'a lease that one alone holds cannot be joined': async ({ leases }) => {
    if (leases === undefined) return
    const lease = await take(leases, alone)
    equal('the lease for who would share it', await leases.acquire('l', joining('first')), undefined)
    await leases.release(lease)
    equal('the epoch', (await take(leases, joining('first'))).epoch, 2)
  },

  'a lease that is held jointly gets free with the last one that gives it back': jointly(async (leases, first) => {
    const second = await take(leases, joining('second'))
    await leases.release(first)
    await leases.release(first)
    equal('the lease for one alone', await leases.acquire('l', alone), undefined)
    await leases.renew(second, { ttl: TTL })
    await take(leases, joining('third')).then((third) => leases.release(third))
    equal('the lease for one alone, still', await leases.acquire('l', alone), undefined)
    await leases.release(second)
    const next = await take(leases, alone)
    equal('the epoch', next.epoch, 2)
    await fails('a renewal of a joint lease that is lost', LeaseLostError, () => leases.renew(second, { ttl: TTL }))
    await leases.release(second)
    await leases.renew(next, { ttl: TTL })
  }),

  'one who holds a lease jointly for long is not cut short by one who holds it briefly': jointly(
    async (leases, first) => {
      const brief = await take(leases, joining('brief', BRIEF))
      await leases.renew(brief, { ttl: BRIEF })
      const over = performance.now() + 2 * BRIEF
      while (performance.now() < over) await turn()
      equal('the lease for one alone', await leases.acquire('l', alone), undefined)
      await leases.renew(first, { ttl: TTL })
    },
  ),

  'a lease that is held jointly gets free when its time is over, also where one left and one crashed': jointly(
    async (leases, first, { eventually }) => {
      await take(leases, joining('crashed', BRIEF))
      await leases.release(first)
      let next: Lease | undefined
      await eventually('a lease whose time is over gets free', async () => {
        next = await leases.acquire('l', alone)
        return next !== undefined
      })
      equal('the epoch', next?.epoch, 2)
    },
    { ttl: BRIEF },
  ),
}

/** Checks of a store that is opened twice. */
export const jointBeside: Checks = {
  'a lease is held jointly by two openings, and gets free with the last one': async (store, { opener }) => {
    if (store.leases === undefined) return
    await using other = await opener.openAgain!(store)
    const first = await take(store.leases, joining('first'))
    if (first.joint === undefined) return
    const second = await take(other.leases!, joining('second'))
    equal('the epochs', [first.epoch, second.epoch], [1, 1])
    await store.leases.release(first)
    equal('the lease for one alone', await store.leases.acquire('l', alone), undefined)
    await other.leases!.release(second)
    equal('the epoch', (await take(store.leases, alone)).epoch, 2)
  },
}
