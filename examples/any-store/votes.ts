import { defineProjection } from 'rx-projection'

/** What people vote for. */
export type Vote = { readonly type: 'Voted'; readonly payload: { readonly for: string } }

/** How many votes each has. */
export const votes = defineProjection<Readonly<Record<string, number>>, Vote>({
  name: 'votes',
  initialState: () => ({}),
  on: { Voted: (state, { payload }) => ({ ...state, [payload.for]: (state[payload.for] ?? 0) + 1 }) },
})
