import { defineProjection } from 'rx-projection'
import type { BankEvent } from './events.ts'

/** Cents by account. A key cannot be `__proto__` here: account numbers begin with a letter and a dash. */
export type Balances = Readonly<Record<string, number>>

export const balances = defineProjection<Balances, BankEvent>({
  name: 'balances',
  version: 1,
  initialState: () => ({}),
  on: {
    AccountOpened: (state, { payload }) => ({ ...state, [payload.account]: 0 }),
    Deposited: (state, { payload }) => add(state, payload.account, payload.cents),
    Withdrawn: (state, { payload }) => add(state, payload.account, -payload.cents),
    Transferred: (state, { payload }) => add(add(state, payload.from, -payload.cents), payload.to, payload.cents),
  },
})

function add(state: Balances, account: string, cents: number): Balances {
  return { ...state, [account]: (state[account] ?? 0) + cents }
}
