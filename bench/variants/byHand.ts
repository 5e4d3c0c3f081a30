import { deposited, noTotals, opened, type StoredEvent, type Totals, withdrawn } from '../workload.ts'

type Handler = (state: Totals, event: StoredEvent) => Totals

/** The handlers as a hand-written program keeps them: by event type. A plain object, which is quicker here than a map. */
export const handlers: Readonly<Record<string, Handler | undefined>> = {
  Opened: opened,
  Deposited: deposited,
  Withdrawn: withdrawn,
}

/** The fold as a program writes it that knows all its types. */
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

/** What a program keeps that writes its own loop over pages. */
export interface Progress {
  newest: { readonly offset: number; readonly state: Totals; readonly events: number }
  saves: number
  /** Events since the last save. */
  unsaved: number
}

export function begin(): Progress {
  return { newest: { offset: 0, state: noTotals, events: 0 }, saves: 0, unsaved: 0 }
}

/** Counts towards a save every 100 events, as the operators do. */
export function passed(progress: Progress, newest: Progress['newest']): void {
  progress.newest = newest
  progress.unsaved += newest.events
  if (progress.unsaved < 100) return
  progress.saves++
  progress.unsaved = 0
}

/** The last save, of what is unsaved. */
export function end(progress: Progress): { offset: number; state: Totals; saves: number } {
  if (progress.unsaved > 0) progress.saves++
  const { offset, state } = progress.newest
  return { offset, state, saves: progress.saves }
}
