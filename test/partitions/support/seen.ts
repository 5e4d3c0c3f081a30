import { defineProjection, type Projection } from 'rx-projection'

export type Added = { type: 'Added'; payload: number }

/** The ids of each stream's events. */
export type Seen = Readonly<Record<string, readonly number[]>>

/** A projection whose state shows the order, the losses and the doublings of each stream; `before` is told of each event. */
export function seenWith(before: () => void): Projection<Seen, Added> {
  return defineProjection<Seen, Added>({
    name: 'seen',
    initialState: () => ({}),
    on: {
      Added: (state, { stream, id }) => {
        before()
        return { ...state, [stream]: [...(state[stream] ?? []), id] }
      },
    },
  })
}

export const seen: Projection<Seen, Added> = seenWith(() => undefined)
