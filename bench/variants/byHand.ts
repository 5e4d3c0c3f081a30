import { deposited, opened, type StoredEvent, type Totals, withdrawn } from '../workload.ts'

/** The handlers as a hand-written program keeps them: by event type. */
export const handlers: ReadonlyMap<string, (state: Totals, event: StoredEvent) => Totals> = new Map([
  ['Opened', opened],
  ['Deposited', deposited],
  ['Withdrawn', withdrawn],
])
