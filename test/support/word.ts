import { defineProjection, type EventType, type Projection } from 'rx-projection/operators'

/** Spells the letters of its events: a state that shows order, loss and doubling. */
export const word: Projection<string, EventType> = defineProjection<string, EventType>({
  name: 'word',
  initialState: () => '',
  evolve: (state, { payload }) => `${state}${payload}`,
})
