import { defineProjection, type Projection } from 'rx-projection'

export type Noted = { type: 'Noted'; payload: { n: number } }

/** The ids of the events that a state has seen, in their order: so that loss, doubling and disorder show. */
export type Ids = readonly number[]

/** Folds ids; `handle` is called for each event, and may throw or give a promise. */
export function idsProjection(handle: (id: number) => void = () => undefined, version = 1): Projection<Ids, Noted> {
  return defineProjection<Ids, Noted>({
    name: 'ids',
    version,
    initialState: () => [],
    on: {
      Noted: (state, { id }) => {
        handle(id)
        return [...state, id]
      },
    },
  })
}
