import { snapshotAfter, snapshotEvery, snapshotWriter } from 'rx-projection/operators'
import { marbles } from 'rx-projection/testing'
import { Subject, VirtualTimeScheduler } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { record } from '../../support/record.ts'
import { type Projected, savings, snapshots } from '../../support/savings.ts'

describe('operators that share a writer', () => {
  it(
    'restart their count and time after a save by the other, whichever timer runs',
    marbles((m) => {
      const { save, began$ } = savings(m)
      const writer = snapshotWriter(save)
      const source = m.cold('-a-bc---------', snapshots)
      const saves = '        ---b-----c----'
      const expected = '     -a-bc---------'
      m.expect(began$).toBeObservable(saves, snapshots)
      m.expect(source.pipe(snapshotEvery(2, writer), snapshotAfter(5, writer))).toBeObservable(expected, snapshots)
    }),
  )

  it(
    'continue to count when an older snapshot is saved',
    marbles((m) => {
      const { save, began$ } = savings(m)
      const writer = snapshotWriter(save)
      const newer = '-g-h--'
      const older = '--a---'
      const saves = '--ah--'
      m.expect(began$).toBeObservable(saves, snapshots)
      m.expect(m.cold(newer, snapshots).pipe(snapshotEvery(2, writer))).toBeObservable(newer, snapshots)
      m.expect(m.cold(older, snapshots).pipe(snapshotEvery(1, writer))).toBeObservable(older, snapshots)
    }),
  )

  it(
    'continue their timer when an older snapshot is saved',
    marbles((m) => {
      const { save, began$ } = savings(m)
      const writer = snapshotWriter(save)
      const newer = '-h------'
      const older = '--a-----'
      const saves = '--a---h-'
      m.expect(began$).toBeObservable(saves, snapshots)
      m.expect(m.cold(newer, snapshots).pipe(snapshotAfter(5, writer))).toBeObservable(newer, snapshots)
      m.expect(m.cold(older, snapshots).pipe(snapshotEvery(1, writer))).toBeObservable(older, snapshots)
    }),
  )
})

describe('a new run, while the save of the old one is in flight,', () => {
  it(
    'counts nothing for it when it fails',
    marbles((m) => {
      const { save, began$, onError } = savings(m, '----#', '|')
      const writer = snapshotWriter(save, { onError })
      const out$ = m.cold('-a-b-c-d---', snapshots).pipe(snapshotEvery(3, writer))
      const first = '     ^------!'
      const second = '    -------^----------'
      const saves = '     -----c------c-----'
      m.expect(began$).toBeObservable(saves, snapshots)
      m.expect(out$, first).toBeObservable('-a-b-c-', snapshots)
      m.expect(out$, second).toBeObservable('--------a-b-c-d---', snapshots)
    }),
  )

  it(
    'waits its time when it ends',
    marbles((m) => {
      const { save, began$ } = savings(m, '-----|', '|')
      const writer = snapshotWriter(save)
      const first = '     ^--!              '
      const second = '    ---^--------------'
      const saves = '     -a-------b--------'
      m.expect(began$).toBeObservable(saves, snapshots)
      m.expect(m.cold('-a', snapshots).pipe(snapshotEvery(1, writer)), first).toBeObservable('-a', snapshots)
      m.expect(m.cold('-b', snapshots).pipe(snapshotAfter(5, writer)), second).toBeObservable('----b', snapshots)
    }),
  )

  it('does not wait for a rest if nobody was subscribed when that save ended', () => {
    const clock = new VirtualTimeScheduler()
    const saved$ = new Subject<never>()
    const writer = snapshotWriter<string>(() => saved$, { restFor: () => 100 }, clock)
    const source$ = new Subject<Projected>()
    const { subscription } = record(source$.pipe(snapshotEvery(1, writer)))
    source$.next(snapshots.a)
    subscription.unsubscribe()
    saved$.complete()
    expect(clock.actions).toEqual([])
  })
})
