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
  /** The verified fact, such as `snapshots: each load gives fresh objects`. */
  readonly name: string
  /** Runs the check on its own store; rejects with an `Error` that describes the problem. */
  readonly run: () => Promise<void>
}

/** Options of the conformance suite. */
export interface ConformanceOptions {
  /** How long to wait, in ms, for delayed effects, such as a hint, before they count as missing. Default: 4 000. */
  readonly deadline?: number
}

/**
 * The checks that every store must pass, for any test runner: a store that passes them all can serve projections.
 *
 * The list depends on the opener: checks of re-opening need `openAgain`, and checks of damaged snapshots need `breakSnapshot`.
 * Each check opens a new store, and disposes of it.
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
 * @throws {TypeError | RangeError} the opener is invalid; or names the option that is invalid or unknown.
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
    // The first error is more informative.
    failure ??= { error }
  }
  if (failure !== undefined) throw failure.error
}
