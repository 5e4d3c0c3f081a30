import { memory } from 'rx-projection'
import {
  type ExclusivelyOptions,
  exclusively,
  type Lease,
  LeaseLostError,
  type LeaseStore,
} from 'rx-projection/operators'
import { type MarbleContext, marbles } from 'rx-projection/testing'
import { Subject, VirtualTimeScheduler } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { checklist } from '../support/checklist.ts'
import { controlled } from '../support/controlled.ts'
import { record } from '../support/record.ts'

const letters = { a: 'a', b: 'b', c: 'c' }
const free: LeaseStore = {
  acquire: (name, { owner }) => ({ name, owner, epoch: 1 }),
  renew: () => undefined,
  release: () => undefined,
}
const of = (leases: LeaseStore, more: Partial<ExclusivelyOptions> = {}): ExclusivelyOptions => ({
  leases,
  name: 'n',
  owner: 'me',
  ttl: 6,
  renewEvery: 2,
  acquireEvery: 3,
  ...more,
})

checklist({
  name: 'exclusively, with a lease that nobody else wants',
  // Its renewals would keep the virtual time of a diagram without an end busy for ever.
  make: () => exclusively<string>(of(free), new VirtualTimeScheduler()),
  input: letters,
  output: letters,
  callbacks: {
    onAcquired: (onAcquired) => ({
      operator: exclusively(of(free, { onAcquired })),
      source: '    a',
      subscribed: '',
      expected: '  #',
    }),
  },
})

/** A store's leases on the clock of the test. */
function leasesOf({ scheduler }: MarbleContext): LeaseStore {
  return memory({ now: () => new Date(scheduler.now()).toISOString() }).leases
}

/** Leases that can be told to fail. */
function failing(
  leases: LeaseStore,
  fails: Partial<Record<'acquire' | 'renew' | 'release', () => boolean>>,
): LeaseStore {
  const fail = (what: keyof typeof fails): void => {
    if (fails[what]?.()) throw new Error(`no ${what}`)
  }
  const unless = <Args extends readonly unknown[], R>(what: keyof typeof fails, call: (...args: Args) => R) => {
    return (...args: Args): R => {
      fail(what)
      return call(...args)
    }
  }
  return {
    ...leases,
    acquire: unless('acquire', leases.acquire),
    renew: unless('renew', leases.renew),
    release: unless('release', leases.release),
  }
}

describe('exclusively', () => {
  it(
    'lets one of two run; the other takes over immediately when the lease is released',
    marbles((m) => {
      const leases = leasesOf(m)
      const source = m.cold('-a-b-c-d-e|')
      const first = source.pipe(exclusively(of(leases), m.scheduler))
      const second = source.pipe(exclusively(of(leases, { owner: 'you' }), m.scheduler))
      m.expect(first, ' ^----!        ').toBeObservable('-a-b-          ')
      m.expect(second, '^--------------').toBeObservable('------a-b-c-d-e|')
      m.expect(source).toHaveSubscriptions([' ^----!', ' -----^---------!'])
    }),
  )

  it(
    'takes over from a dead holder when its lease expires, and asks every `acquireEvery` ms',
    marbles((m) => {
      const leases = leasesOf(m)
      leases.acquire('n', { owner: 'dead', ttl: 7 })
      const source = m.cold('a--b')
      m.expect(source.pipe(exclusively(of(leases), m.scheduler)), '^------------!').toBeObservable('---------a--b')
      m.expect(source).toHaveSubscriptions('---------^---!')
    }),
  )

  it(
    'renews, so that nobody takes over while it runs',
    marbles((m) => {
      const leases = leasesOf(m)
      const source = m.cold('a')
      m.expect(source.pipe(exclusively(of(leases), m.scheduler)), '      ^-------------------!').toBeObservable('a')
      m.expect(source.pipe(exclusively(of(leases), m.scheduler)), '     -^-----------------!').toBeObservable('----')
      m.expect(source).toHaveSubscriptions('^-------------------!')
    }),
  )

  it(
    'errors when renewals fail for the whole ttl, and reports each failure',
    marbles((m) => {
      const errors: string[] = []
      const leases = failing(leasesOf(m), { renew: () => m.scheduler.now() >= 3 })
      const onError = (error: unknown) => errors.push(`${m.scheduler.now()} ${(error as Error).message}`)
      const source = m.cold('a-b-c-d--e-f-g')
      const expected = '     a-b-c-d-#'
      const lost = new LeaseLostError({ lease: 'n', epoch: 1 }, { cause: undefined })
      m.expect(source.pipe(exclusively(of(leases, { onError }), m.scheduler))).toBeObservable(expected, undefined, lost)
      m.expect(source).toHaveSubscriptions('^-------!')
      m.flush()
      expect(errors).toEqual(['4 no renew', '6 no renew'])
    }),
  )

  it(
    'continues when a renewal fails once',
    marbles((m) => {
      const leases = failing(leasesOf(m), { renew: () => m.scheduler.now() === 4 })
      const source = m.cold('a-b-c-d-e-f-g|')
      m.expect(source.pipe(exclusively(of(leases, { onError: () => undefined }), m.scheduler))).toBeObservable(
        'a-b-c-d-e-f-g|',
      )
    }),
  )

  it(
    'errors as soon as the store reports that another owner has the lease',
    marbles((m) => {
      const lost$ = new Subject<unknown>()
      const cause = new Error('the connection is cut')
      const leases: LeaseStore = { ...free, acquire: (name, { owner }) => ({ name, owner, epoch: 4, lost$ }) }
      m.cold('---x').subscribe(() => lost$.next(cause))
      const source = m.cold('a-b-c')
      const error = new LeaseLostError({ lease: 'n', epoch: 4 }, { cause })
      m.expect(source.pipe(exclusively(of(leases), m.scheduler))).toBeObservable('a-b#', undefined, error)
      m.expect(source).toHaveSubscriptions('^--!')
    }),
  )

  it(
    'errors when a renewal finds a later epoch',
    marbles((m) => {
      const lost = new LeaseLostError({ lease: 'n', epoch: 1 })
      const renew = (): void => {
        throw lost
      }
      const source = m.cold('a-b-c')
      m.expect(source.pipe(exclusively(of({ ...free, renew }), m.scheduler))).toBeObservable('a-#', undefined, lost)
    }),
  )

  it(
    'reports the lease before the source runs, and the standby once',
    marbles((m) => {
      const told: string[] = []
      const leases = leasesOf(m)
      leases.acquire('n', { owner: 'dead', ttl: 8 })
      const options = of(leases, {
        onAcquired: ({ owner, epoch }: Lease) => told.push(`${owner} has epoch ${epoch}`),
        onStandby: () => told.push('standing by'),
      })
      m.expect(m.cold('a|').pipe(exclusively(options, m.scheduler))).toBeObservable('---------a|')
      m.flush()
      expect(told).toEqual(['standing by', 'me has epoch 2'])
    }),
  )

  it.each(['completion', 'error', 'unsubscription'] as const)('releases the lease after %s', async (end) => {
    await marbles((m) => {
      const leases = leasesOf(m)
      const source = m.cold({ completion: 'a-|', error: 'a-#', unsubscription: 'a--' }[end])
      const until = { completion: '^---', error: '^---', unsubscription: '^-!' }[end]
      const diagram = { completion: 'a-|', error: 'a-#', unsubscription: 'a--' }[end]
      m.expect(source.pipe(exclusively(of(leases), m.scheduler)), until).toBeObservable(diagram)
      m.flush()
      expect(leases.acquire('n', { owner: 'next', ttl: 1 })).toMatchObject({ epoch: 2 })
    })()
  })

  it(
    'reports a release that fails',
    marbles((m) => {
      const errors: unknown[] = []
      const leases = failing(leasesOf(m), { release: () => true })
      m.expect(
        m.cold('a|').pipe(exclusively(of(leases, { onError: (error) => errors.push(error) }), m.scheduler)),
      ).toBeObservable('a|')
      m.flush()
      expect(errors).toEqual([new Error('no release')])
    }),
  )

  it(
    'errors with the error of an acquire or a hint',
    marbles((m) => {
      const error = new Error('no acquire')
      const source = m.cold('a')
      const broken = failing(leasesOf(m), { acquire: () => true })
      m.expect(source.pipe(exclusively(of(broken), m.scheduler))).toBeObservable('#', undefined, error)
      const hints$ = m.cold('--#', undefined, error)
      const taken: LeaseStore = { ...free, acquire: () => undefined, hints$ }
      m.expect(source.pipe(exclusively(of(taken), m.scheduler))).toBeObservable('--#', undefined, error)
      m.expect(source).toHaveSubscriptions([])
    }),
  )

  describe('with asynchronous leases', () => {
    const slow = () => ({
      acquire: controlled<Parameters<LeaseStore['acquire']>, Lease | undefined>(),
      renew: controlled<Parameters<LeaseStore['renew']>, void>(),
      release: controlled<Parameters<LeaseStore['release']>, void>(),
    })
    const lease: Lease = { name: 'n', owner: 'me', epoch: 1 }
    const long = { ttl: 1_000_000, renewEvery: 500_000, acquireEvery: 500_000 }

    it('releases a lease that arrives when nobody waits for it any longer', async () => {
      const leases = slow()
      const recorded = record(new Subject().pipe(exclusively(of(leases, long))))
      recorded.subscription.unsubscribe()
      await leases.acquire.calls[0]!.resolve(lease)
      expect(leases.release.calls.map(({ args }) => args)).toEqual([[lease]])
    })

    it('remembers a hint that arrives while it asks', async () => {
      const leases = { ...slow(), hints$: new Subject<void>() }
      const source = new Subject<string>()
      const recorded = record(source.pipe(exclusively(of(leases, { ...long, acquireEvery: 0 }))))
      leases.hints$.next()
      expect(leases.acquire.calls).toHaveLength(1)
      await leases.acquire.calls[0]!.resolve(undefined)
      await expect.poll(() => leases.acquire.calls.length).toBe(2)
      await leases.acquire.calls[1]!.resolve(lease)
      source.next('a')
      expect(recorded.values).toEqual(['a'])
      recorded.subscription.unsubscribe()
    })

    it('errors with the rejection of an acquire', async () => {
      const leases = slow()
      const recorded = record(new Subject().pipe(exclusively(of(leases, long))))
      await leases.acquire.calls[0]!.reject(new Error('no connection'))
      expect(recorded.error).toEqual(new Error('no connection'))
    })
  })

  describe('arguments', () => {
    const wrong: [string, Partial<Record<keyof ExclusivelyOptions, unknown>>][] = [
      ['leases', { leases: undefined }],
      ['leases.renew', { leases: { ...free, renew: undefined } }],
      ['name', { name: '' }],
      ['owner', { owner: '' }],
      ['joint', { joint: '' }],
      ['joint', { joint: 1 }],
      ['ttl', { ttl: 0 }],
      ['ttl', { ttl: 2 ** 31 }],
      ['renewEvery', { renewEvery: -1 }],
      ['renewEvery', { renewEvery: 6 }],
      ['acquireEvery', { acquireEvery: Number.NaN }],
      ['onAcquired', { onAcquired: 1 }],
      ['onStandby', { onStandby: 1 }],
      ['onError', { onError: 1 }],
    ]
    it.each(wrong)('names %s when it is %o', (name, options) => {
      expect(() => exclusively({ ...of(free), ...options } as ExclusivelyOptions)).toThrow(name)
    })
  })
})
