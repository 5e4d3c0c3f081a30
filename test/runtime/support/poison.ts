import { defineProjection, type Projection } from 'rx-projection'
import type { IdsState, Noted } from './notes.ts'

/** `ids` with handlers that fail on some events: `failures` says how often, and counts down. */
export function poisoned(
  failures: Record<number, number>,
  fail: (id: number) => unknown = poison,
): Projection<IdsState, Noted> {
  return defineProjection<IdsState, Noted>({
    name: 'ids',
    initialState: () => [],
    on: {
      Noted: (state, { id }) => {
        const left = failures[id] ?? 0
        if (left > 0) {
          failures[id] = left - 1
          throw fail(id)
        }
        return [...state, id]
      },
    },
  })
}

function poison(id: number): Error {
  return new Error(`poison ${id}`)
}
