import { onlyForward, retryWithJitter } from 'rx-projection/operators'
import { marbles } from 'rx-projection/testing'
import { of, Subject } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { checklist } from '../support/checklist.ts'
import { record } from '../support/record.ts'

const positions = { a: 1, b: 2, c: 3 }
const snapshots = { a: { offset: 1, state: 'a' }, b: { offset: 2, state: 'ab' }, c: { offset: 3, state: 'abc' } }

checklist({
  name: 'onlyForward of positions',
  make: () => onlyForward<number>(),
  input: positions,
  output: positions,
  nth: (n) => n + 1,
})
checklist({
  name: 'onlyForward of snapshots',
  make: () => onlyForward<{ offset: number; state: string }>(),
  input: snapshots,
  output: snapshots,
  nth: (n) => ({ offset: n + 1, state: '' }),
})

describe('onlyForward', () => {
  it(
    'drops values at or below the last one that passed',
    marbles((m) => {
      const source = m.cold('-a-a-c-b-c-a-|', snapshots)
      const expected = '     -a---c-------|'
      m.expect(source.pipe(onlyForward())).toBeObservable(expected, snapshots)
    }),
  )

  it(
    'remembers over the retries above it',
    marbles((m) => {
      const source = m.cold('-a-b#', snapshots)
      const expected = '     -a-b--------'
      const out$ = source.pipe(
        retryWithJitter({ delay: 2, entropy: 0 }, () => 0, m.scheduler),
        onlyForward(),
      )
      m.expect(out$, '^-----------!').toBeObservable(expected, snapshots)
    }),
  )

  it(
    'begins again with each subscription to itself',
    marbles((m) => {
      const out$ = m.cold('-b-a-|', snapshots).pipe(onlyForward())
      m.expect(out$).toBeObservable('-b---|', snapshots)
      m.expect(out$, '---^').toBeObservable('----b---|', snapshots)
    }),
  )

  it('passes the first one, also one before the first event', () => {
    expect(record(of(0, 0, 1).pipe(onlyForward())).values).toEqual([0, 1])
  })

  it('updates its position before it emits, for re-entrant values', () => {
    const seen: number[] = []
    const positions$ = new Subject<number>()
    positions$.pipe(onlyForward()).subscribe((position) => {
      seen.push(position)
      if (seen.length < 5) positions$.next(position)
    })
    positions$.next(1)
    expect(seen).toEqual([1])
  })

  it.each([[{ offset: -1 }], [{ offset: 'x' }], [{}], [null], [undefined], [Number.NaN], [1.5], ['a']])(
    'errors at a value without an offset: %s',
    (value: unknown) => {
      expect(record(of(value as number).pipe(onlyForward())).error).toBeInstanceOf(TypeError)
    },
  )
})
