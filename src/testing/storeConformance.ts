import { checkObject, checkTimeout, must } from '../../operators/kernel/arguments.ts'
import { checkKeys } from '../../operators/model/keys.ts'
import type { OpenStore } from '../../operators/ports/index.ts'
import { appending } from './conformance/appending.ts'
import { concurrency, concurrencyBeside } from './conformance/concurrency.ts'
import { waitUntil } from './conformance/expect.ts'
import { filtering } from './conformance/filtering.ts'
import { following } from './conformance/following.ts'
import { hostile } from './conformance/hostile.ts'
import { leases, leasesBeside } from './conformance/leases.ts'
import { lifetime, reopening } from './conformance/lifetime.ts'
import { marks, marksAgain } from './conformance/marks.ts'
import { paging } from './conformance/paging.ts'
import { positions } from './conformance/positions.ts'
import { refusing } from './conformance/refusing.ts'
import { revisions } from './conformance/revisions.ts'
import type { Check, Checks, StoreOpener } from './conformance/StoreOpener.ts'
import { brokenSnapshots, snapshots } from './conformance/snapshots.ts'
import { transactions } from './conformance/transactions.ts'

export type { StoreOpener } from './conformance/StoreOpener.ts'

/** One check of the conformance suite. */
export interface ConformanceCheck {
  /** The fact that is checked, such as `snapshots: each load gives fresh objects`. */
  readonly name: string
  /** Checks it on a store of its own; rejects with an `Error` that says what is wrong. */
  readonly run: () => Promise<void>
}

/** What the conformance suite may be told. */
export interface ConformanceOptions {
  /** How long to wait, in ms, for what takes a moment, such as a hint, before it counts as missing. Default: 4 000. */
  readonly deadline?: number
}

/**
 * The checks that every store passes, for any test runner: a store that passes them all can carry projections.
 *
 * Which checks there are depends on what the opener offers: those of re-opening need `openAgain`, those of damaged
 * snapshots `breakSnapshot`. Each check opens a new store, and disposes of it.
 *
 * @example
 * ```ts
 * import { memory } from 'rx-projection'
 * import { storeConformance } from 'rx-projection/testing'
 *
 * for (const { name, run } of storeConformance({ open: () => memory() })) {
 *   await run() // or, with a test runner: test(name, run)
 * }
 * ```
 * @throws {TypeError | RangeError} the opener is none, or names the option that is wrong, or unknown.
 */
export function storeConformance(opener: StoreOpener, options: ConformanceOptions = {}): readonly ConformanceCheck[] {
  must(typeof opener?.open === 'function', 'opener.open', opener?.open, 'a function that opens a new store', TypeError)
  checkObject('options', options)
  checkKeys(options, ['deadline'])
  const { deadline = 4_000 } = options
  checkTimeout('deadline', deadline)
  const subjects: Readonly<Record<string, Checks>> = {
    append: appending,
    refusals: refusing,
    revisions,
    pages: paging,
    filters: filtering,
    'hostile data': hostile,
    following,
    concurrency,
    ...(opener.openAgain && { 'concurrency of two openings': concurrencyBeside }),
    snapshots,
    ...(opener.breakSnapshot && { 'damaged snapshots': brokenSnapshots }),
    positions,
    marks,
    ...(opener.openAgain && { 'marks, opening again': marksAgain }),
    'transactions, where there are any': transactions,
    'leases, where there are any': leases,
    ...(opener.openAgain && { 'leases of two openings, where there are any': leasesBeside }),
    lifetime,
    ...(opener.openAgain && { 'opening again': reopening }),
  }
  return Object.entries(subjects).flatMap(([subject, checks]) =>
    Object.entries(checks).map(([fact, check]) => ({
      name: `${subject}: ${fact}`,
      run: () => runCheck(check, opener, deadline),
    })),
  )
}

async function runCheck(check: Check, opener: StoreOpener, deadline: number): Promise<void> {
  const store: OpenStore = await opener.open()
  let failure: { readonly error: unknown } | undefined
  try {
    await check(store, { opener, eventually: (what, happened) => waitUntil(what, happened, deadline) })
  } catch (error) {
    failure = { error }
  }
  try {
    await store[Symbol.asyncDispose]()
  } catch (error) {
    // What went wrong first says more.
    failure ??= { error }
  }
  if (failure !== undefined) throw failure.error
}
