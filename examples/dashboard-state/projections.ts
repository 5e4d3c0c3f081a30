import { defineProjection } from 'rx-projection'
import type { ShopEvent } from './events.ts'

export interface OpenOrder {
  readonly order: string
  readonly customer: string
  readonly cents: number
  readonly paid: boolean
}

/** The orders that are not shipped yet, oldest first. */
export const openOrders = defineProjection<readonly OpenOrder[], ShopEvent>({
  name: 'open-orders',
  streams: ['orders'],
  initialState: () => [],
  on: {
    OrderPlaced: (orders, { payload }) => [...orders, { ...payload, paid: false }],
    OrderPaid: (orders, { payload }) =>
      orders.map((order) => (order.order === payload.order ? { ...order, paid: true } : order)),
    OrderShipped: (orders, { payload }) => orders.filter(({ order }) => order !== payload.order),
  },
})

/** The income, in cents. An order's price comes from the event that placed it. */
export const revenue = defineProjection<
  { readonly cents: number; readonly unpaid: Readonly<Record<string, number>> },
  ShopEvent
>({
  name: 'revenue',
  streams: ['orders'],
  ignore: ['OrderShipped'],
  initialState: () => ({ cents: 0, unpaid: {} }),
  on: {
    OrderPlaced: (state, { payload }) => ({ ...state, unpaid: { ...state.unpaid, [payload.order]: payload.cents } }),
    OrderPaid: ({ cents, unpaid }, { payload }) => {
      const { [payload.order]: paid = 0, ...others } = unpaid
      return { cents: cents + paid, unpaid: others }
    },
  },
})

/** The visitors in the shop. */
export const visitors = defineProjection<readonly string[], ShopEvent>({
  name: 'visitors',
  streams: ['visits'],
  initialState: () => [],
  on: {
    VisitorCame: (here, { payload }) => [...here, payload.visitor],
    VisitorLeft: (here, { payload }) => here.filter((visitor) => visitor !== payload.visitor),
  },
})
