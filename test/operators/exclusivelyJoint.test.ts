import { memory } from 'rx-projection'
import { type ExclusivelyOptions, exclusively, LeaseLostError, type LeaseStore } from 'rx-projection/operators'
import { type MarbleContext, marbles } from 'rx-projection/testing'
import { Observable, Subject, tap, VirtualTimeScheduler } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { record } from '../support/record.ts'

const of = (leases: LeaseStore, more: Partial<ExclusivelyOptions> = {}): ExclusivelyOptions => ({
  leases,
  name: 'n',
  owner: 'me',
  ttl: 6,
  renewEvery: 2,
  acquireEvery: 3,
  ...more,
})

/** A store's leases on the clock of the test. */
function leasesOf({ scheduler }: MarbleContext): LeaseStore {
  return memory({ now: () => new Date(scheduler.now()).toISOString() }).leases
}

describe('exclusively, next to other leases', () => {
  it(
    'shares a lease with holders of the same tag, and keeps out the others',
    marbles((m) => {
      const leases = leasesOf(m)
      const run = (owner: string, joint: string | undefined, letter: string) =>
        m.cold(`${letter}-----|`).pipe(exclusively(of(leases, { owner, ...(joint && { joint }) }), m.scheduler))
      m.expect(run('first', 'we', 'a')).toBeObservable(' a-----|')
      m.expect(run('second', 'we', 'b')).toBeObservable('b-----|')
      m.expect(run('third', undefined, 'c')).toBeObservable('------c-----|')
    }),
  )

  it('does not begin again when its end releases another lease, whose hint it receives', () => {
    const time = new VirtualTimeScheduler()
    const hints$ = new Subject<void>()
    let acquired = 0
    const leases: LeaseStore = {
      acquire: (name, { owner }) => ({ name, owner, epoch: ++acquired }),
      renew: (lease) => {
        throw new LeaseLostError({ lease: lease.name, epoch: lease.epoch })
      },
      release: () => undefined,
      hints$,
    }
    let subscribed = 0
    const source = new Observable<string>(() => void subscribed++)
    const recorded = record(source.pipe(exclusively(of(leases), time), tap({ error: () => hints$.next() })))
    time.maxFrames = 2
    time.flush()
    expect(recorded.error).toBeInstanceOf(LeaseLostError)
    expect([acquired, subscribed]).toEqual([1, 1])
  })
})
