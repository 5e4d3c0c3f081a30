import { snapshotAfter } from 'rx-projection/operators'
import { marbles } from 'rx-projection/testing'
import { Subject, VirtualTimeScheduler } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { record } from '../../support/record.ts'
import { type Projected, savings, snapshotAt, snapshots } from '../../support/savings.ts'

const { a, b } = snapshots

describe('snapshotAfter', () => {
  it(
    'saves the latest snapshot a given time after the first unsaved event, however many follow',
    marbles((m) => {
      const { save, began$ } = savings(m)
      const source = m.cold('--a--b-----c------|', snapshots)
      const subs = '         ^-----------------!'
      const saves = '        -------b--------c--'
      const expected = '     --a--b-----c------|'
      m.expect(began$).toBeObservable(saves, snapshots)
      m.expect(source.pipe(snapshotAfter(5, save))).toBeObservable(expected, snapshots)
      m.expect(source).toHaveSubscriptions(subs)
    }),
  )

  it(
    'saves nothing twice, and nothing without an event',
    marbles((m) => {
      const { save, began$ } = savings(m)
      const source = m.cold('-a--------------', snapshots)
      const saves = '        ------a---------'
      const expected = '     -a--------------'
      m.expect(began$).toBeObservable(saves, snapshots)
      m.expect(source.pipe(snapshotAfter(5, save))).toBeObservable(expected, snapshots)
    }),
  )

  it(
    'compares the offset: an ignored event moves it',
    marbles((m) => {
      const { save, began$ } = savings(m)
      const values = { a: snapshotAt(1, 0) }
      const source = m.cold('-a--------', values)
      const saves = '        ------a---'
      const expected = '     -a--------'
      m.expect(began$).toBeObservable(saves, values)
      m.expect(source.pipe(snapshotAfter(5, save))).toBeObservable(expected, values)
    }),
  )

  it(
    'times an event that arrives during a save from its arrival',
    marbles((m) => {
      const { save, began$ } = savings(m, '--|')
      const source = m.cold('-a-----b--------', snapshots)
      const saves = '        ------a-----b---'
      const expected = '     -a-----b--------'
      m.expect(began$).toBeObservable(saves, snapshots)
      m.expect(source.pipe(snapshotAfter(5, save))).toBeObservable(expected, snapshots)
    }),
  )

  it(
    'has one save in flight; a save that becomes due meanwhile begins when it ends, with the latest snapshot',
    marbles((m) => {
      const { save, began$ } = savings(m, '----------|')
      const source = m.cold('-a-----b-----c-----------', snapshots)
      const saves = '        ------a---------c--------'
      const expected = '     -a-----b-----c-----------'
      m.expect(began$).toBeObservable(saves, snapshots)
      m.expect(source.pipe(snapshotAfter(5, save))).toBeObservable(expected, snapshots)
    }),
  )

  it(
    'retries a failed save after the same time, also without a new event',
    marbles((m) => {
      const { save, began$, onError, failed$ } = savings(m, '-#', '-#', '|')
      const source = m.cold('-a------------------', snapshots)
      const saves = '        ----a---a---a-------'
      const failures = '     -----a---a----------'
      const expected = '     -a------------------'
      m.expect(began$).toBeObservable(saves, snapshots)
      m.expect(failed$).toBeObservable(failures, snapshots)
      m.expect(source.pipe(snapshotAfter(3, save, { onError }))).toBeObservable(expected, snapshots)
    }),
  )

  it(
    'retries a failed save earlier if an event that arrived meanwhile is due earlier',
    marbles((m) => {
      const { save, began$, onError } = savings(m, '--#', '|')
      const source = m.cold('-a---b-----------', snapshots)
      const saves = '        ----a---b--------'
      const expected = '     -a---b-----------'
      m.expect(began$).toBeObservable(saves, snapshots)
      m.expect(source.pipe(snapshotAfter(3, save, { onError }))).toBeObservable(expected, snapshots)
    }),
  )

  it(
    'saves after 0 ms in the same frame, and saves all events of one frame together',
    marbles((m) => {
      const { save, began$ } = savings(m)
      const source = m.cold('-(ab)--c----', snapshots)
      const saves = '        -b-----c----'
      const expected = '     -(ab)--c----'
      m.expect(began$).toBeObservable(saves, snapshots)
      m.expect(source.pipe(snapshotAfter(0, save))).toBeObservable(expected, snapshots)
    }),
  )

  it('uses the given clock, with one timer, and leaves none behind', () => {
    const clock = new VirtualTimeScheduler()
    const saved: number[] = []
    const timers = () => clock.actions.length
    for (const end of ['unsubscribe', 'complete', 'error'] as const) {
      const source$ = new Subject<Projected>()
      const save = ({ offset }: Projected) => saved.push(offset)
      const { subscription } = record(source$.pipe(snapshotAfter(5, save as never, {}, clock)))
      expect(timers()).toBe(0)
      source$.next(a)
      source$.next(b)
      expect(timers()).toBe(1)
      if (end === 'unsubscribe') subscription.unsubscribe()
      else source$[end](new Error('of the source'))
      expect(timers()).toBe(0)
    }
    expect(saved).toEqual([2])
  })

  it.each([
    ['ms', () => snapshotAfter(-1, () => 0), RangeError],
    ['ms', () => snapshotAfter(2 ** 31, () => 0), RangeError],
    ['ms', () => snapshotAfter(Number.NaN, () => 0), RangeError],
    ['ms', () => snapshotAfter('1' as never, () => 0), RangeError],
    ['save', () => snapshotAfter(1, undefined as never), TypeError],
    ['options', () => snapshotAfter(1, () => 0, null as never), TypeError],
    ['onError', () => snapshotAfter(1, () => 0, { onError: 'log' as never }), TypeError],
  ])('names the wrong argument %s when it is called', (argument, call, error) => {
    expect(call).toThrow(error)
    expect(call).toThrow(new RegExp(`^${argument} must be`))
  })
})
