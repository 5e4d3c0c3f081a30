import type { AsyncLocalStorage } from 'node:async_hooks'
import { StoreError } from '../../../operators/ports/errors/StoreError.ts'
import type { Driver } from './driver/Driver.ts'

/** A transaction that work runs in. */
interface TransactionScope {
  /** What it holds a connection of. */
  readonly of: object
  readonly transaction: { readonly open: boolean }
  /** The one around it. */
  readonly outer: TransactionScope | undefined
}

/** What the code that runs now is called from. Absent where there is none of it, as in a browser: then nothing is refused. */
const scopes: AsyncLocalStorage<TransactionScope | undefined> | undefined = makeStorage()

function makeStorage(): AsyncLocalStorage<TransactionScope | undefined> | undefined {
  const hooks = globalThis.process?.getBuiltinModule?.('node:async_hooks')
  return hooks && new hooks.AsyncLocalStorage()
}

/** Runs the work of a transaction so that what it calls can be told from what others call. */
export function withinTransaction<T>(driver: Driver, transaction: { readonly open: boolean }, work: () => T): T {
  // Larger pools have connections for both.
  if (scopes === undefined || driver.size > 2) return work()
  return scopes.run({ of: driver.source, transaction, outer: scopes.getStore() }, work)
}

/** Runs what the work of a transaction causes, but does not wait for. */
export function outsideTransaction(work: () => void): void {
  if (scopes?.getStore() === undefined) work()
  else scopes.run(undefined, work)
}

/**
 * Refuses a call that would wait for the transaction which it is called from.
 *
 * @param needs how large a pool must be at the least for the call not to wait forever.
 * @throws {StoreError} names the cure.
 */
export function refuseDeadlock(driver: Driver, address: string, needs: number): void {
  if (driver.size >= needs) return
  for (let around = scopes?.getStore(); around !== undefined; around = around.outer) {
    if (around.of !== driver.source || !around.transaction.open) continue
    const cure = driver.single ? '' : `, or give the pool a max of ${needs} or more`
    throw new StoreError(
      address,
      `this call would wait forever for the transaction that it is called from: use context.client, as appendWithin(context.client, …) does${cure}`,
    )
  }
}
