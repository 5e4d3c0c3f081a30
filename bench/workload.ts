import { defineProjection, type Projection } from 'rx-projection/operators'

/** The events that every row folds: three types, mixed as a real log mixes them, with a small payload. */
export type BankEvent =
  | { type: 'Opened'; payload: { account: number; limit: number } }
  | { type: 'Deposited'; payload: { account: number; amount: number } }
  | { type: 'Withdrawn'; payload: { account: number; amount: number } }

/** An event as a log hands it out. */
export interface StoredEvent {
  readonly id: number
  readonly stream: string
  readonly type: string
  readonly payload: { readonly account: number; readonly amount: number }
  readonly previous?: number
}

/** A light state: three numbers, a new object for each event. */
export interface Totals {
  readonly accounts: number
  readonly deposited: number
  readonly withdrawn: number
}

export const ACCOUNTS = 1_000
export const noTotals: Totals = { accounts: 0, deposited: 0, withdrawn: 0 }

export function opened(state: Totals): Totals {
  return { accounts: state.accounts + 1, deposited: state.deposited, withdrawn: state.withdrawn }
}

export function deposited(state: Totals, event: { readonly payload: { readonly amount: number } }): Totals {
  return {
    accounts: state.accounts,
    deposited: state.deposited + event.payload.amount,
    withdrawn: state.withdrawn,
  }
}

export function withdrawn(state: Totals, event: { readonly payload: { readonly amount: number } }): Totals {
  return {
    accounts: state.accounts,
    deposited: state.deposited,
    withdrawn: state.withdrawn + event.payload.amount,
  }
}

/** The fold of every row. Its handlers are the functions that the baselines call, too. */
export function bankTotals(): Projection<Totals, BankEvent> {
  return defineProjection<Totals, BankEvent>({
    name: 'totals',
    initialState: () => noTotals,
    on: { Opened: opened, Deposited: deposited, Withdrawn: withdrawn },
  })
}

/** What is appended as event number `id`, counted from 1; always the same. */
export function newEvent(id: number): BankEvent {
  const account = id % ACCOUNTS
  if (id <= ACCOUNTS) return { type: 'Opened', payload: { account, limit: 0 } }
  // A cheap scramble, so that types come in no pattern that a branch predictor could learn.
  const dice = Math.imul(id, 0x9e3779b1) >>> 16
  const amount = dice % 100
  return (dice & 3) === 0
    ? { type: 'Withdrawn', payload: { account, amount } }
    : { type: 'Deposited', payload: { account, amount } }
}

/** The stream of event number `id`. */
export function streamOf(id: number): string {
  return STREAMS[id % ACCOUNTS]!
}

const STREAMS = Array.from({ length: ACCOUNTS }, (_, account) => `account-${account}`)

/** The first `count` events of the log, in memory. */
export function makeEvents(count: number): StoredEvent[] {
  const events: StoredEvent[] = []
  for (let id = 1; id <= count; id++) {
    const { type, payload } = newEvent(id)
    events.push({ id, stream: streamOf(id), type, payload: payload as StoredEvent['payload'] })
  }
  return events
}

/** Cuts events into pages, as a log hands them out. */
export function makePages(events: readonly StoredEvent[], size: number): StoredEvent[][] {
  const pages: StoredEvent[][] = []
  for (let from = 0; from < events.length; from += size) pages.push(events.slice(from, from + size))
  return pages
}
