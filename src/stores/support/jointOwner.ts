import type { Lease, LeaseOptions } from '../../../operators/ports/leases.ts'

/** With more holders than this, the row keeps no list. Then the lease becomes free when nobody renews it any longer. */
const LISTED = 32

/** The holders of a joint lease, as stored in the `owner` of its row. */
interface Holders {
  readonly joint: string
  /**
   * The holders that have joined and not left; `null` if there are too many to list. A crashed holder stays until the next epoch.
   */
  readonly owners: readonly string[] | null
}

const BEGINS = '{"joint":'

/** The `owner` in the row of a new holder. */
export function ownerOf({ owner, joint }: Pick<LeaseOptions, 'owner' | 'joint'>): string {
  return joint === undefined ? owner : textOf({ joint, owners: [owner] })
}

/** The `owner` in the row of a held lease after another holder has joined; `undefined` if it cannot join. */
export function joinedOwner(row: string, { owner, joint }: Pick<LeaseOptions, 'owner' | 'joint'>): string | undefined {
  const holders = joint === undefined ? undefined : holdersOf(row)
  if (holders === undefined || holders.joint !== joint) return undefined
  const owners = holders.owners && [...holders.owners.filter((other) => other !== owner), owner]
  return textOf({ joint, owners: owners && owners.length > LISTED ? null : owners })
}

/** The `owner` in the row after a holder has left the lease; `undefined` if nobody holds the lease then. */
export function leftOwner(row: string, { owner, joint }: Pick<Lease, 'owner' | 'joint'>): string | undefined {
  const holders = joint === undefined ? undefined : holdersOf(row)
  if (holders === undefined || holders.joint !== joint) return undefined
  const owners = holders.owners?.filter((other) => other !== owner) ?? null
  return owners?.length === 0 ? undefined : textOf({ joint, owners })
}

function textOf({ joint, owners }: Holders): string {
  return JSON.stringify({ joint, owners } satisfies Holders)
}

function holdersOf(row: string): Holders | undefined {
  if (!row.startsWith(BEGINS)) return undefined
  try {
    return JSON.parse(row) as Holders
  } catch {
    // An owner may have any name, so this text need not be JSON.
    return undefined
  }
}
