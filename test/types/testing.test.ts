import type { LogEvent, MaybePromise, ProjectedSnapshot, Recorded } from 'rx-projection/operators'
import {
  batchesOf,
  eventsOf,
  given,
  type MarbleContext,
  marbles,
  type Outcome,
  snapshotsOf,
} from 'rx-projection/testing'
import { describe, expectTypeOf, it } from 'vitest'
import { type Balances, type BankEvent, balances, slowBalances } from './bank.ts'

type Deposited = Extract<Recorded<BankEvent>, { type: 'Deposited' }>
type Renamed = Extract<Recorded<BankEvent>, { type: 'Renamed' }>

const events = eventsOf(balances, {
  a: { type: 'Deposited', payload: { account: 'anna', amount: 5 } },
  b: { type: 'Renamed', payload: { account: 'anna', name: 'Ann' }, previous: 1 },
})

describe('eventsOf', () => {
  it('knows the event of each letter', () => {
    expectTypeOf(events.a).toEqualTypeOf<Deposited>()
    expectTypeOf(events.b).toEqualTypeOf<Renamed>()
    expectTypeOf(eventsOf('ab')).toEqualTypeOf<{ readonly a: LogEvent; readonly b: LogEvent }>()
    expectTypeOf(eventsOf('ab', { b: { previous: 0 } }).b).toEqualTypeOf<LogEvent>()
  })

  it('refuses what is in no union, and letters that are not there', () => {
    const refused = [
      // @ts-expect-error no event has this type
      () => eventsOf(balances, { a: { type: 'Withdrawn', payload: {} } }),
      // @ts-expect-error a deposit has no name
      () => eventsOf(balances, { a: { type: 'Deposited', payload: { account: 'anna', name: 'Ann' } } }),
      // @ts-expect-error a deposit has a payload
      () => eventsOf(balances, { a: { type: 'Deposited' } }),
      // @ts-expect-error an event has no such field
      () => eventsOf(balances, { a: { type: 'Deposited', payload: { account: 'a', amount: 1 }, previus: 1 } }),
      // @ts-expect-error there is no c
      () => events.c,
      // @ts-expect-error there is no c among a and b
      () => eventsOf('ab', { c: { previous: 0 } }),
    ]
    expectTypeOf(refused).toBeArray()
  })
})

describe('batchesOf and snapshotsOf', () => {
  const batches = batchesOf(events, { x: 'ab', y: 'b' })

  it('know the events of each batch, and a snapshot for each letter', () => {
    expectTypeOf(batches.x).toEqualTypeOf<readonly (Deposited | Renamed)[]>()
    expectTypeOf(batches.y).toEqualTypeOf<readonly Renamed[]>()
    expectTypeOf(snapshotsOf(balances, { ...events, ...batches }).x).toEqualTypeOf<ProjectedSnapshot<Balances>>()
    // @ts-expect-error there is no batch z
    expectTypeOf(() => batches.z).toBeFunction()
    // @ts-expect-error handlers that return promises do not run in virtual time
    expectTypeOf(() => snapshotsOf(slowBalances, events)).toBeFunction()
  })
})

describe('marbles', () => {
  it('hands a context over, and what the test runner gives besides', () => {
    expectTypeOf(marbles((m) => expectTypeOf(m).toEqualTypeOf<MarbleContext>())).toEqualTypeOf<() => Promise<void>>()
    expectTypeOf(marbles((_, row: number, name: string) => [row, name])).toEqualTypeOf<
      (row: number, name: string) => Promise<void>
    >()
  })

  it('compares values of the type of the observable', () => {
    marbles((m) => {
      const source = m.cold('a', events)
      // @ts-expect-error a deposit is no number
      m.expect(source).toBeObservable('a', { a: 5 })
      m.expect(source).toBeObservable('a', events)
    })
  })
})

describe('given', () => {
  it('takes events of the union, and a state', () => {
    const outcome = given(balances, { anna: 5 }).when({ type: 'Deposited', payload: { account: 'anna', amount: 5 } })
    expectTypeOf(outcome).toEqualTypeOf<Outcome<Balances>>()
    expectTypeOf(outcome.state).toEqualTypeOf<Balances>()
    expectTypeOf(() => given(slowBalances).when()).returns.toEqualTypeOf<MaybePromise<Outcome<Balances>>>()
    expectTypeOf(() => outcome.thenError(RangeError)).returns.toEqualTypeOf<RangeError>()
    const refused = [
      // @ts-expect-error no event has this type
      () => given(balances).when({ type: 'Withdrawn', payload: {} }),
      // @ts-expect-error balances are numbers
      () => given(balances, { anna: 'rich' }),
      // @ts-expect-error balances are numbers
      () => outcome.thenState({ anna: 'rich' }),
    ]
    expectTypeOf(refused).toBeArray()
  })
})
