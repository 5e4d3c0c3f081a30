import { deposited, opened, type StoredEvent, type Totals, withdrawn } from '../workload.ts'

/** The handlers as a hand-written program keeps them: by event type. */
export const handlers: ReadonlyMap<string, (state: Totals, event: StoredEvent) => Totals> = new Map([
  ['Opened', opened],
  ['Deposited', deposited],
  ['Withdrawn', withdrawn],
])

/** The fold as a hand-written program writes it. */
export function fold(state: Totals, event: StoredEvent): Totals {
  switch (event.type) {
    case 'Opened':
      return opened(state)
    case 'Deposited':
      return deposited(state, event)
    case 'Withdrawn':
      return withdrawn(state, event)
    default:
      throw new Error(`no handler for ${event.type}`)
  }
}
