import { type SaveOptions, type SaveTarget, snapshotAfter, snapshotEvery } from 'rx-projection/operators'
import { marbles } from 'rx-projection/testing'
import { config, type MonoTypeOperatorFunction } from 'rxjs'
import { afterEach, describe, expect, it } from 'vitest'
import { type Projected, savings, snapshots } from '../../support/savings.ts'

type Saving = (save: SaveTarget<string>, options?: SaveOptions<string>) => MonoTypeOperatorFunction<Projected>

/** Each saves `b` at frame 3 of `-a-b`, and nothing else before frame 13. */
const operators: Readonly<Record<string, Saving>> = {
  snapshotEvery: (save, options) => snapshotEvery(2, save, options),
  snapshotAfter: (save, options) => snapshotAfter(2, save, options),
}
const off: Readonly<Record<string, Saving>> = {
  snapshotEvery: (save) => snapshotEvery(Number.POSITIVE_INFINITY, save),
  snapshotAfter: (save) => snapshotAfter(Number.POSITIVE_INFINITY, save),
}

describe.each(Object.entries(operators))('the end of %s', (_, saving) => {
  it(
    'completion saves the latest unsaved snapshot, then completes',
    marbles((m) => {
      const { save, began$ } = savings(m, '|', '---|')
      const source = m.cold('-a-b-c|   ', snapshots)
      const subs = '         ^-----!   '
      const saves = '        ---b--c---'
      const expected = '     -a-b-c---|'
      m.expect(began$).toBeObservable(saves, snapshots)
      m.expect(source.pipe(saving(save))).toBeObservable(expected, snapshots)
      m.expect(source).toHaveSubscriptions(subs)
    }),
  )

  it(
    'completion waits for the save in flight first',
    marbles((m) => {
      const { save, began$ } = savings(m, '------|', '--|')
      const source = m.cold('-a-b-c|       ', snapshots)
      const saves = '        ---b-----c----'
      const expected = '     -a-b-c-----|  '
      m.expect(began$).toBeObservable(saves, snapshots)
      m.expect(source.pipe(saving(save))).toBeObservable(expected, snapshots)
    }),
  )

  it(
    'completion with nothing unsaved is immediate',
    marbles((m) => {
      const { save, began$ } = savings(m)
      const source = m.cold('-a-b--|', snapshots)
      const saves = '        ---b---'
      const expected = '     -a-b--|'
      m.expect(began$).toBeObservable(saves, snapshots)
      m.expect(source.pipe(saving(save))).toBeObservable(expected, snapshots)
    }),
  )

  it(
    'completion with the latest snapshot in flight only waits for it',
    marbles((m) => {
      const { save, began$ } = savings(m, '-----|')
      const source = m.cold('-a-b-|   ', snapshots)
      const saves = '        ---b-----'
      const expected = '     -a-b----|'
      m.expect(began$).toBeObservable(saves, snapshots)
      m.expect(source.pipe(saving(save))).toBeObservable(expected, snapshots)
    }),
  )

  it(
    'completion retries a failed save once, and completes even if that fails, which is reported',
    marbles((m) => {
      const { save, began$, onError, failed$ } = savings(m, '-#', '--#')
      const source = m.cold('-a-b-|   ', snapshots)
      const saves = '        ---b-b---'
      const failures = '     ----b--b-'
      const expected = '     -a-b---| '
      m.expect(began$).toBeObservable(saves, snapshots)
      m.expect(failed$).toBeObservable(failures, snapshots)
      m.expect(source.pipe(saving(save, { onError }))).toBeObservable(expected, snapshots)
    }),
  )

  it(
    'completion during a save that fails retries it',
    marbles((m) => {
      const { save, began$, onError } = savings(m, '----#', '-|')
      const source = m.cold('-a-b-|    ', snapshots)
      const saves = '        ---b---b--'
      const expected = '     -a-b----| '
      m.expect(began$).toBeObservable(saves, snapshots)
      m.expect(source.pipe(saving(save, { onError }))).toBeObservable(expected, snapshots)
    }),
  )

  it(
    'an error passes on immediately, and nothing is saved',
    marbles((m) => {
      const { save, began$ } = savings(m)
      const source = m.cold('-a-b-c#         ', snapshots)
      const subs = '         ^-----!         '
      const saves = '        ---b------------'
      const expected = '     -a-b-c#         '
      m.expect(began$).toBeObservable(saves, snapshots)
      m.expect(source.pipe(saving(save))).toBeObservable(expected, snapshots)
      m.expect(source).toHaveSubscriptions(subs)
    }),
  )

  it(
    'an error during a save does not wait for it, and the save continues',
    marbles((m) => {
      const work = m.cold<never>('-----|')
      const source = m.cold('-a-b-#   ', snapshots)
      const expected = '     -a-b-#   '
      m.expect(source.pipe(saving(() => work))).toBeObservable(expected, snapshots)
      m.expect(work).toHaveSubscriptions('---^----!')
    }),
  )

  it(
    'unsubscribing saves nothing, and a save in flight continues',
    marbles((m) => {
      const work = m.cold<never>('------|')
      let saves = 0
      const save = () => {
        saves++
        return work
      }
      const source = m.cold('-a-b-c-d-e---------|', snapshots)
      const unsub = '        ^-----!             '
      const expected = '     -a-b-c-             '
      m.expect(source.pipe(saving(save)), unsub).toBeObservable(expected, snapshots)
      m.expect(source).toHaveSubscriptions(unsub)
      m.expect(work).toHaveSubscriptions('---^-----!')
      m.flush()
      expect(saves).toBe(1)
    }),
  )

  it(
    'unsubscribing while completion waits for a save ends it there: no second save',
    marbles((m) => {
      const { save, began$ } = savings(m, '------|')
      const source = m.cold('-a-b-c|       ', snapshots)
      const unsub = '        ^------!      '
      const saves = '        ---b----------'
      m.expect(began$).toBeObservable(saves, snapshots)
      m.expect(source.pipe(saving(save)), unsub).toBeObservable('-a-b-c--------', snapshots)
    }),
  )
})

describe.each(Object.entries(off))('%s, turned off by Infinity,', (_, saving) => {
  it(
    'saves nothing, also on completion',
    marbles((m) => {
      const { save, began$ } = savings(m)
      const source = m.cold('-a-b-c|', snapshots)
      m.expect(began$).toBeObservable('-------')
      m.expect(source.pipe(saving(save))).toBeObservable('-a-b-c|', snapshots)
    }),
  )
})

describe.each(Object.entries(operators))('a failed save of %s without onError', (_, saving) => {
  afterEach(() => {
    config.onUnhandledError = null
  })

  it(
    'goes where RxJS reports unhandled errors, and the stream continues',
    marbles((m) => {
      const unhandled: unknown[] = []
      config.onUnhandledError = (error) => unhandled.push(error)
      const { save } = savings(m, '-#', '|')
      m.expect(m.cold('-a-b--c-|', snapshots).pipe(saving(save))).toBeObservable('-a-b--c-|', snapshots)
      m.flush()
      expect(unhandled).toEqual(['error'])
    }),
  )
})
