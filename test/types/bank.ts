import { defineProjection } from 'rx-projection/operators'

export type BankEvent =
  | { type: 'Deposited'; payload: { account: string; amount: number } }
  | { type: 'Renamed'; payload: { account: string; name: string } }

export type Balances = Readonly<Record<string, number>>

/** A projection as a user writes it: the state and the event union are named, nothing else. */
export const balances = defineProjection<Balances, BankEvent>({
  name: 'balances',
  ignore: ['Renamed'],
  initialState: () => ({}),
  on: {
    Deposited: (state, { payload }) => ({
      ...state,
      [payload.account]: (state[payload.account] ?? 0) + payload.amount,
    }),
  },
})

/** The same with a handler that returns a promise. */
export const slowBalances = defineProjection<Balances, BankEvent>({
  name: 'slow-balances',
  ignore: 'others',
  initialState: () => ({}),
  on: { Deposited: async (state, { payload }) => ({ ...state, [payload.account]: payload.amount }) },
})
