import {
  type AsyncProjection,
  defineProjection,
  type EventsOf,
  type EventType,
  type NewEvent,
  type Projection,
  type Recorded,
  type StateOf,
} from 'rx-projection/operators'
import { describe, expectTypeOf, it } from 'vitest'
import { type Balances, type BankEvent, balances, slowBalances } from './bank.ts'

const rest = { name: 'total', initialState: () => 0 }

describe('defineProjection', () => {
  it('gives a Projection of the state and the union', () => {
    expectTypeOf(balances).toEqualTypeOf<Projection<Balances, BankEvent>>()
    expectTypeOf<StateOf<typeof balances>>().toEqualTypeOf<Balances>()
    expectTypeOf<EventsOf<typeof balances>>().toEqualTypeOf<BankEvent>()
  })

  it('gives an AsyncProjection where a handler returns a promise', () => {
    expectTypeOf(slowBalances).toEqualTypeOf<AsyncProjection<Balances, BankEvent>>()
    expectTypeOf<StateOf<typeof slowBalances>>().toEqualTypeOf<Balances>()
    expectTypeOf<EventsOf<typeof slowBalances>>().toEqualTypeOf<BankEvent>()
  })

  it('takes a Projection where an AsyncProjection is asked for, and not the other way round', () => {
    expectTypeOf(balances).toExtend<AsyncProjection<Balances, BankEvent>>()
    expectTypeOf(slowBalances).not.toExtend<Projection<Balances, BankEvent>>()
  })

  it('narrows the payload by the name of the handler', () => {
    defineProjection<number, BankEvent>({
      ...rest,
      on: {
        Deposited: (state, event) => {
          expectTypeOf(state).toEqualTypeOf<number>()
          expectTypeOf(event.type).toEqualTypeOf<'Deposited'>()
          expectTypeOf(event.payload).toEqualTypeOf<{ account: string; amount: number }>()
          expectTypeOf(event.id).toEqualTypeOf<number>()
          expectTypeOf(event.stream).toEqualTypeOf<string>()
          expectTypeOf(event.previous).toEqualTypeOf<number | undefined>()
          expectTypeOf(event.recordedAt).toEqualTypeOf<string | undefined>()
          return state + event.payload.amount
        },
        Renamed: (state, { payload }) => {
          expectTypeOf(payload).toEqualTypeOf<{ account: string; name: string }>()
          return state
        },
      },
    })
  })

  it('narrows the payload by the type of the event in evolve', () => {
    defineProjection<number, BankEvent>({
      ...rest,
      evolve: (state, event) => {
        expectTypeOf(event).toEqualTypeOf<Recorded<BankEvent>>()
        return event.type === 'Deposited' ? state + event.payload.amount : state + event.payload.name.length
      },
    })
  })

  it('takes any event where no union is named', () => {
    const any = defineProjection<number>({
      ...rest,
      evolve: (state, { payload }) => (payload === 'up' ? state + 1 : state),
    })
    expectTypeOf(any).toEqualTypeOf<Projection<number, EventType>>()
  })

  it('refuses what is not in the union, and what is no state', () => {
    const refused = [
      () =>
        defineProjection<number, BankEvent>({
          ...rest,
          // @ts-expect-error no event has this type
          on: { Withdrawn: (state: number) => state },
        }),
      () =>
        defineProjection<number, BankEvent>({
          ...rest,
          // @ts-expect-error the handler returns no state
          on: { Deposited: () => 'rich' },
        }),
      () =>
        defineProjection<number, BankEvent>({
          ...rest,
          // @ts-expect-error the promise is of no state
          on: { Deposited: async () => 'rich' },
        }),
      () =>
        defineProjection<number, BankEvent>({
          ...rest,
          // @ts-expect-error a deposit has no name
          on: { Deposited: (state, { payload }) => state + payload.name.length },
        }),
      () =>
        defineProjection<Balances, BankEvent>({
          name: 'balances',
          initialState: () => ({}),
          on: {
            Deposited: (state) => {
              // @ts-expect-error handlers leave the state that they are given as it is
              state.anna = 5
              return state
            },
          },
        }),
      // @ts-expect-error a definition has a name
      () => defineProjection<number, BankEvent>({ initialState: () => 0, on: {} }),
      // @ts-expect-error a definition has an initial state
      () => defineProjection<number, BankEvent>({ name: 'total', on: {} }),
      // @ts-expect-error the initial state is made by a function
      () => defineProjection<number, BankEvent>({ name: 'total', initialState: 0, on: {} }),
      // @ts-expect-error a definition has handlers
      () => defineProjection<number, BankEvent>(rest),
      // @ts-expect-error there is `on`, or `evolve`: one of the two
      () => defineProjection<number, BankEvent>({ ...rest, on: {}, evolve: (state) => state }),
      // @ts-expect-error only event types of the union can be ignored
      () => defineProjection<number, BankEvent>({ ...rest, ignore: ['Withdrawn'], on: {} }),
      // @ts-expect-error `others` is the one word that stands for all
      () => defineProjection<number, BankEvent>({ ...rest, ignore: 'all', on: {} }),
      // @ts-expect-error a definition has no such field
      () => defineProjection<number, BankEvent>({ ...rest, on: {}, snapshotEvery: 100 }),
      // @ts-expect-error the version is a number
      () => defineProjection<number, BankEvent>({ ...rest, on: {}, version: '2' }),
    ]
    expectTypeOf(refused).toBeArray()
  })
})

describe('the types of events', () => {
  it('have what a log adds, or leave it out', () => {
    expectTypeOf<Recorded<BankEvent>['id']>().toEqualTypeOf<number>()
    expectTypeOf<Recorded<BankEvent>['type']>().toEqualTypeOf<'Deposited' | 'Renamed'>()
    expectTypeOf<Extract<Recorded<BankEvent>, { type: 'Renamed' }>['payload']['name']>().toEqualTypeOf<string>()
    expectTypeOf<keyof NewEvent<BankEvent>>().toEqualTypeOf<'type' | 'payload' | 'recordedAt' | 'metadata'>()
    expectTypeOf<{ type: 'Renamed'; payload: { account: string; name: string } }>().toExtend<NewEvent<BankEvent>>()
    expectTypeOf<{ type: 'Renamed'; payload: { amount: number } }>().not.toExtend<NewEvent<BankEvent>>()
  })
})
