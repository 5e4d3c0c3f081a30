import { type Appended, defineProjection, type EventLog, memory, type OpenStore, type Projection } from 'rx-projection'

/** The events of the runtime's tests. What matters is only which ones a state has seen, in which order. */
export type Noted = { type: 'Noted'; payload: { n: number } }

export type IdsState = readonly number[]

/** A state that shows order, loss and doubling: the ids of the events that it has seen. */
export const ids: Projection<IdsState, Noted> = defineProjection<IdsState, Noted>({
  name: 'ids',
  initialState: () => [],
  on: { Noted: (state, { id }) => [...state, id] },
})

/** Numbers from 1 to the last one: the ids of the first events of a log. */
export function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1)
}

/** Appends some events to a stream. */
export function append(store: { readonly events: EventLog }, count = 1, stream = 'a'): Promise<Appended> {
  return store.events.append(
    stream,
    upTo(count).map((n) => ({ type: 'Noted', payload: { n } })),
  )
}

/** A memory store with some events. */
export function storeWith(count: number): OpenStore {
  const store = memory({ now: () => '2026-01-01T00:00:00Z' })
  if (count > 0) append(store, count)
  return store
}
