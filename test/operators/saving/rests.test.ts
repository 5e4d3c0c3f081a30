import { snapshotAfter, snapshotEvery, snapshotWriter } from 'rx-projection/operators'
import { marbles } from 'rx-projection/testing'
import { config, Subject, VirtualTimeScheduler } from 'rxjs'
import { afterEach, describe, expect, it } from 'vitest'
import { record } from '../../support/record.ts'
import { type Projected, savings, snapshots } from '../../support/savings.ts'

const { a, b } = snapshots
const nothing = (): void => undefined

afterEach(() => {
  config.onUnhandledError = null
})

describe('the rests of a snapshotWriter', () => {
  describe('restFor', () => {
    it(
      'delays a due save after a save that took time',
      marbles((m) => {
        const { save, began$ } = savings(m, '--|')
        const writer = snapshotWriter(save, { restFor: (duration) => 3 * duration }, m.scheduler)
        const source = m.cold('-a--b-c---d---------', snapshots)
        const saves = '        -a-------c-------d--'
        const expected = '     -a--b-c---d---------'
        m.expect(began$).toBeObservable(saves, snapshots)
        m.expect(source.pipe(snapshotEvery(1, writer))).toBeObservable(expected, snapshots)
      }),
    )

    it(
      'also delays a save that is due by time',
      marbles((m) => {
        const { save, began$ } = savings(m, '--|')
        const writer = snapshotWriter(save, { restFor: () => 6 }, m.scheduler)
        const source = m.cold('-a----b-----------', snapshots)
        const saves = '        --a-------b-------'
        const expected = '     -a----b-----------'
        m.expect(began$).toBeObservable(saves, snapshots)
        m.expect(source.pipe(snapshotAfter(1, writer))).toBeObservable(expected, snapshots)
      }),
    )

    it(
      'does not delay a save after a failure, nor on completion',
      marbles((m) => {
        const { save, began$, onError } = savings(m, '--#', '--|', '|')
        const writer = snapshotWriter(save, { restFor: () => 20, onError }, m.scheduler)
        const source = m.cold('-a--b--c--|', snapshots)
        const saves = '        -a--b-----c'
        const expected = '     -a--b--c--|'
        m.expect(began$).toBeObservable(saves, snapshots)
        m.expect(source.pipe(snapshotEvery(1, writer))).toBeObservable(expected, snapshots)
      }),
    )

    it('leaves no timer behind: not when all have unsubscribed, nor when a flush saved in between', () => {
      const clock = new VirtualTimeScheduler()
      const writer = snapshotWriter<string>(nothing, { restFor: () => 100 }, clock)
      const source$ = new Subject<Projected>()
      const other$ = new Subject<Projected>()
      const first = record(source$.pipe(snapshotEvery(1, writer)))
      record(other$.pipe(snapshotEvery(1, writer)))
      source$.next(a)
      expect(clock.actions).toHaveLength(1)
      other$.next(b)
      other$.complete()
      expect(clock.actions).toHaveLength(1)
      first.subscription.unsubscribe()
      expect(clock.actions).toHaveLength(0)
    })

    it(
      'that throws goes where RxJS reports unhandled errors, and causes no rest',
      marbles((m) => {
        const unhandled: unknown[] = []
        config.onUnhandledError = (error) => unhandled.push(error)
        const { save, began$ } = savings(m)
        const restFor = () => {
          throw new Error('of restFor')
        }
        const out$ = m.cold('(ab)-', snapshots).pipe(snapshotEvery(1, snapshotWriter(save, { restFor })))
        m.expect(began$).toBeObservable('(ab)-', snapshots)
        m.expect(out$).toBeObservable('(ab)-', snapshots)
        m.flush()
        expect(unhandled).toEqual([new Error('of restFor'), new Error('of restFor')])
      }),
    )

    it.each([0, -5, Number.NaN])('of %s ms causes no rest', (wait) => {
      const clock = new VirtualTimeScheduler()
      const writer = snapshotWriter<string>(nothing, { restFor: () => wait }, clock)
      const source$ = new Subject<Projected>()
      record(source$.pipe(snapshotEvery(1, writer)))
      source$.next(a)
      expect(clock.actions).toEqual([])
    })

    it('is at most as long as a timer can be', () => {
      const clock = new VirtualTimeScheduler()
      const writer = snapshotWriter<string>(nothing, { restFor: () => Number.POSITIVE_INFINITY }, clock)
      const source$ = new Subject<Projected>()
      record(source$.pipe(snapshotEvery(1, writer)))
      source$.next(a)
      expect(clock.actions.map(({ delay }) => delay)).toEqual([2 ** 31 - 1])
    })
  })

  describe('restAfterFailure', () => {
    it(
      'delays the retry of a failed save, also without a new event',
      marbles((m) => {
        const { save, began$, onError } = savings(m, '-#', '-#', '|')
        const rests: number[] = []
        const restAfterFailure = (failures: number) => {
          rests.push(failures)
          return 3 * failures
        }
        const writer = snapshotWriter(save, { restAfterFailure, onError }, m.scheduler)
        const source = m.cold('-a-b----------', snapshots)
        const saves = '        -a---b------b-'
        const expected = '     -a-b----------'
        m.expect(began$).toBeObservable(saves, snapshots)
        m.expect(source.pipe(snapshotEvery(1, writer))).toBeObservable(expected, snapshots)
        m.flush()
        expect(rests).toEqual([1, 2])
      }),
    )

    it(
      'lasts across subscriptions, and has no timer while there is none',
      marbles((m) => {
        const { save, began$, onError } = savings(m, '#', '|')
        const writer = snapshotWriter(save, { restAfterFailure: () => 9, onError }, m.scheduler)
        const out$ = m.cold('-a-b----------', snapshots).pipe(snapshotEvery(1, writer))
        const saves = '             -a--------b----'
        m.expect(began$).toBeObservable(saves, snapshots)
        m.expect(out$, '            ^-!').toBeObservable('-a', snapshots)
        m.expect(out$, '            ----^----------').toBeObservable('-----a-b-------', snapshots)
      }),
    )

    it(
      'does not delay completion, which saves the unsaved snapshot immediately',
      marbles((m) => {
        const { save, began$, onError } = savings(m, '#', '|')
        const writer = snapshotWriter(save, { restAfterFailure: () => 9, onError }, m.scheduler)
        const source = m.cold('-a--|', snapshots)
        m.expect(began$).toBeObservable('-a--a', snapshots)
        m.expect(source.pipe(snapshotEvery(1, writer))).toBeObservable('-a--|', snapshots)
      }),
    )
  })
})
