import { defineProjection } from 'rx-projection'

export type OrderEvent =
  | { readonly type: 'OrderPlaced'; readonly payload: { readonly shop: string } }
  | { readonly type: 'ItemSold'; readonly payload: { readonly item: string; readonly cents: number } }

export interface Sales {
  readonly orders: number
  readonly cents: Readonly<Record<string, number>>
}

/** How many orders there were, and how much each item brought in. */
export const sales = defineProjection<Sales, OrderEvent>({
  name: 'sales',
  initialState: () => ({ orders: 0, cents: {} }),
  on: {
    OrderPlaced: (state) => ({ ...state, orders: state.orders + 1 }),
    ItemSold: ({ orders, cents }, { payload }) => ({
      orders,
      cents: { ...cents, [payload.item]: (cents[payload.item] ?? 0) + payload.cents },
    }),
  },
})
