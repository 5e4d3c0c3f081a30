import { ProjectionError } from '../../../operators/model/errors/ProjectionError.ts'
import { StoreError } from '../../../operators/model/errors/StoreError.ts'

/** What no retry helps with, by SQLSTATE: it needs another password, another name, a grant or a column. */
const PERMANENT = new Set([
  '28000', // invalid authorization
  '28P01', // invalid password
  '3D000', // no such database
  '3F000', // no such schema
  '42501', // insufficient privilege
  '42P01', // no such table
  '42703', // no such column
  '42883', // no such function
  '25006', // read-only transaction
])

/** PostgreSQL's code of an error (a SQLSTATE), or that of the system; `undefined` where there is none. */
export function codeOf(error: unknown): string | undefined {
  const code: unknown = (error as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : undefined
}

/**
 * What a failure of PostgreSQL is for a user of the store: a wrong password, a missing table and the like become a
 * `StoreError`, which no retry helps. A lost connection, a deadlock and the like stay what they are: they may pass.
 */
export function storeFailure(address: string, error: unknown): unknown {
  if (error instanceof ProjectionError || !PERMANENT.has(codeOf(error) ?? '')) return error
  return new StoreError(address, (error as Error).message, { cause: error })
}

/** The address of a server for people: without user, password and parameters. */
export function addressOf(connectionString: string): string {
  try {
    const { protocol, host, pathname } = new URL(connectionString)
    return `${protocol}//${host}${pathname}`
  } catch {
    // Whatever it is, it may hold a password.
    return 'postgres:'
  }
}
