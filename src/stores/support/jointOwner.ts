import type { Lease, LeaseOptions } from '../../../operators/ports/leases.ts'

/** Of more than so many holders no list is kept: then the lease gets free when nobody renews it any more. */
const LISTED = 32

/** A lease that is held jointly, as the `owner` of its row says it. */
interface Holders {
  readonly joint: string
  /** Who has joined and not left; `null` where they are too many to list. One that crashed stays in it until the next epoch. */
  readonly owners: readonly string[] | null
}

const BEGINS = '{"joint":'

/** What the row of a new holder says of its owner. */
export function ownerOf({ owner, joint }: Pick<LeaseOptions, 'owner' | 'joint'>): string {
  return joint === undefined ? owner : textOf({ joint, owners: [owner] })
}

/** What the row of a lease that is held says when one more has joined it; `undefined` where it cannot. */
export function joinedOwner(row: string, { owner, joint }: Pick<LeaseOptions, 'owner' | 'joint'>): string | undefined {
  const holders = joint === undefined ? undefined : holdersOf(row)
  if (holders === undefined || holders.joint !== joint) return undefined
  const owners = holders.owners && [...holders.owners.filter((other) => other !== owner), owner]
  return textOf({ joint, owners: owners && owners.length > LISTED ? null : owners })
}

/** What the row says when the holder of a lease has left it; `undefined` where nobody holds it then. */
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
    // An owner may be called whatever one likes.
    return undefined
  }
}
