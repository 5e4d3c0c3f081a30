import { snapshotEvery } from 'rx-projection/operators'
import { marbles } from 'rx-projection/testing'
import { Subject, throwError } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { controlled, promises } from '../../support/controlled.ts'
import { record } from '../../support/record.ts'
import { type Projected, savings, snapshotAt, snapshots } from '../../support/savings.ts'

const { a, b, c } = snapshots
const noRoom = new Error('no room')

describe('snapshotEvery', () => {
  it(
    'saves each time the given number of events has been folded, and passes on every snapshot without delay',
    marbles((m) => {
      const { save, began$ } = savings(m)
      const source = m.cold('--a--b--c--d--|', snapshots)
      const subs = '         ^-------------!'
      const saves = '        -----b-----d---'
      const expected = '     --a--b--c--d--|'
      m.expect(began$).toBeObservable(saves, snapshots)
      m.expect(source.pipe(snapshotEvery(2, save))).toBeObservable(expected, snapshots)
      m.expect(source).toHaveSubscriptions(subs)
    }),
  )

  it('passes on a snapshot, unchanged, before it is saved', () => {
    const order: unknown[] = []
    const source$ = new Subject<Projected>()
    source$
      .pipe(snapshotEvery(1, (saved) => order.push('save', saved)))
      .subscribe((passed) => order.push('next', passed))
    source$.next(a)
    expect(order).toEqual(['next', a, 'save', a])
    expect(order[1]).toBe(a)
    expect(order[3]).toBe(a)
  })

  it(
    'counts events, not snapshots: a batch counts what it folded, an ignored event nothing',
    marbles((m) => {
      const { save, began$ } = savings(m)
      const values = { a: snapshotAt(9, 9), b: snapshotAt(10, 0), c: snapshotAt(11), d: snapshotAt(36, 25) }
      const source = m.cold('--a--b--c--d---', values)
      const saves = '        --------c--d---'
      const expected = '     --a--b--c--d---'
      m.expect(began$).toBeObservable(saves, values)
      m.expect(source.pipe(snapshotEvery(10, save))).toBeObservable(expected, values)
    }),
  )

  it(
    'has one save in flight; when it ends and another is due, saves the latest snapshot',
    marbles((m) => {
      const { save, began$ } = savings(m, '------|')
      const source = m.cold('--ab-c-d-e---f----', snapshots)
      const saves = '        ---b-----e--------'
      const expected = '     --ab-c-d-e---f----'
      m.expect(began$).toBeObservable(saves, snapshots)
      m.expect(source.pipe(snapshotEvery(2, save))).toBeObservable(expected, snapshots)
    }),
  )

  it(
    'counts the events that arrive during a save towards the next',
    marbles((m) => {
      const { save, began$ } = savings(m, '---|')
      const source = m.cold('-abc---de---', snapshots)
      const saves = '        --b----d----'
      const expected = '     -abc---de---'
      m.expect(began$).toBeObservable(saves, snapshots)
      m.expect(source.pipe(snapshotEvery(2, save))).toBeObservable(expected, snapshots)
    }),
  )

  it(
    'retries a failed save at the next event: its count is kept',
    marbles((m) => {
      const { save, began$, onError, failed$ } = savings(m, '-#', '-#', '-|')
      const source = m.cold('-a-b---c---d---e---f--', snapshots)
      const saves = '        ---b---c---d-------f--'
      const failures = '     ----b---c-------------'
      const expected = '     -a-b---c---d---e---f--'
      m.expect(began$).toBeObservable(saves, snapshots)
      m.expect(failed$).toBeObservable(failures, snapshots)
      m.expect(source.pipe(snapshotEvery(2, save, { onError }))).toBeObservable(expected, snapshots)
    }),
  )

  it(
    'retries a failed save immediately if another is due by then',
    marbles((m) => {
      const { save, began$, onError } = savings(m, '----#', '|')
      const source = m.cold('-ab-c-d----', snapshots)
      const saves = '        --b---d----'
      const expected = '     -ab-c-d----'
      m.expect(began$).toBeObservable(saves, snapshots)
      m.expect(source.pipe(snapshotEvery(2, save, { onError }))).toBeObservable(expected, snapshots)
    }),
  )

  it(
    'also retries a failed save at an ignored event',
    marbles((m) => {
      const { save, began$, onError } = savings(m, '#', '|')
      const values = { ...snapshots, c: snapshotAt(3, 0) }
      const source = m.cold('-a-b--c--', values)
      const saves = '        ---b--c--'
      m.expect(began$).toBeObservable(saves, values)
      m.expect(source.pipe(snapshotEvery(2, save, { onError }))).toBeObservable('-a-b--c--', values)
    }),
  )

  it('survives a save that throws, rejects or errors: onError receives the error and the snapshot', async () => {
    const fail = () => {
      throw noRoom
    }
    for (const save of [fail, async () => fail(), () => throwError(() => noRoom)]) {
      const failures: unknown[] = []
      const source$ = new Subject<Projected>()
      const recorded = record(source$.pipe(snapshotEvery(1, save, { onError: (...told) => failures.push(told) })))
      source$.next(a)
      await promises()
      expect(failures).toEqual([[noRoom, a]])
      source$.complete()
      await promises()
      expect(recorded).toMatchObject({ values: [a], completed: true })
      expect(failures).toHaveLength(2)
    }
  })

  it('waits for the promise of a save', async () => {
    const save = controlled<[snapshot: unknown], void>()
    const source$ = new Subject<Projected>()
    const recorded = record(source$.pipe(snapshotEvery(1, save)))
    source$.next(a)
    source$.next(b)
    source$.next(c)
    source$.complete()
    expect(save.calls.map(({ args }) => args)).toEqual([[a]])
    await save.calls[0]?.resolve()
    expect(save.calls.map(({ args }) => args)).toEqual([[a], [c]])
    expect(recorded.completed).toBe(false)
    await save.calls[1]?.resolve()
    expect(recorded.completed).toBe(true)
  })

  it('keeps the count of a failing save that begins during the report of a saved one', () => {
    const source$ = new Subject<Projected>()
    const first$ = new Subject<never>()
    const second$ = new Subject<never>()
    const begun: number[] = []
    const results = [first$, second$]
    const save = ({ offset }: { readonly offset: number }) => {
      begun.push(offset)
      return results[begun.length - 1]
    }
    record(source$.pipe(snapshotEvery(2, save, { onError: () => source$.next(snapshotAt(5)) })))
    source$.next(snapshotAt(2, 2))
    source$.next(snapshotAt(4, 2))
    first$.complete()
    expect(begun).toEqual([2, 4])
    second$.error(noRoom)
    expect(begun).toEqual([2, 4, 5])
  })

  it.each([
    ['count', () => snapshotEvery(0, () => 0), RangeError],
    ['count', () => snapshotEvery(1.5, () => 0), RangeError],
    ['count', () => snapshotEvery('1' as never, () => 0), RangeError],
    ['save', () => snapshotEvery(1, undefined as never), TypeError],
    ['save', () => snapshotEvery(1, { save: () => 0 } as never), TypeError],
    ['options', () => snapshotEvery(1, () => 0, null as never), TypeError],
    ['onError', () => snapshotEvery(1, () => 0, { onError: 'log' as never }), TypeError],
    ['save', () => snapshotEvery(Number.POSITIVE_INFINITY, undefined as never), TypeError],
  ])('names the wrong argument %s when it is called', (argument, call, error) => {
    expect(call).toThrow(error)
    expect(call).toThrow(new RegExp(`^${argument} must be`))
  })
})
