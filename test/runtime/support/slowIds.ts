import { type AsyncProjection, defineProjection } from 'rx-projection'
import { Later } from './Later.ts'
import type { IdsState, Noted } from './notes.ts'
import type { VirtualTime } from './VirtualTime.ts'

/** Takes a while over each event. */
export function slowIds(time: VirtualTime, ms: number, handled: number[] = []): AsyncProjection<IdsState, Noted> {
  return defineProjection<IdsState, Noted>({
    name: 'ids',
    initialState: () => [],
    on: {
      Noted: (state, { id }) => {
        handled.push(id)
        return Later.after(time, ms, () => [...state, id])
      },
    },
  })
}
