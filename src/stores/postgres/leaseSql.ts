import { LeaseLostError } from '../../../operators/ports/errors/LeaseLostError.ts'
import type { LeaseClaim } from '../../../operators/ports/leases.ts'
import type { Value } from './driver/Driver.ts'
import { KEY, type Tables } from './schema/migrations.ts'

/** How long a transaction may stand still, in ms, that keeps others from the lease which it was checked against. */
const STANDSTILL = 10_000

/**
 * A part of a statement, `held`: one row where a lease is still held, or where none is asked for. The row of the lease
 * stays as it is until the transaction ends: nobody can take it over between the check and the commit.
 */
export function heldSql({ leases }: Tables, name: string, epoch: string): string {
  return `held AS MATERIALIZED (
    SELECT 1 WHERE ${name}::text IS NULL
    UNION ALL SELECT 1 FROM (
      SELECT set_config('idle_in_transaction_session_timeout', '${STANDSTILL}', true) FROM ${leases}
      WHERE key = ${KEY(`${name}::text`)} AND epoch = ${epoch}::bigint FOR SHARE) lease)`
}

/** The values of that part. */
export function claimValues(claim: LeaseClaim | undefined): readonly Value[] {
  return claim === undefined ? [null, null] : [claim.name, claim.epoch]
}

/** @throws {LeaseLostError} where the count of `held` says that the lease is another's. */
export function checkCount(held: unknown, claim: LeaseClaim | undefined): void {
  if (claim !== undefined && Number(held) === 0) throw new LeaseLostError({ lease: claim.name, epoch: claim.epoch })
}
