import { snapshotKey } from '../../../operators/lastSnapshot.ts'

/** What tells one run from all others: what it is, and of which version. */
export interface RunId {
  readonly kind: 'projection' | 'projector'
  readonly version: number
  readonly name: string
  readonly instance?: string | undefined
}

/**
 * The names under which a run stores what is its own. A name holds no `@`, so `name` and `name@instance` never begin with one:
 * what does, belongs to a kind, a version and a use, `@projector/2/position/name@instance`. No two of them meet.
 */
function keyOf({ kind, version, name, instance }: RunId, use: string): string {
  return `@${kind}/${version}/${use}/${snapshotKey(name, instance)}`
}

/** The name of a projector's position: `name` or `name@instance` for version 1, and for later ones with the version in it. */
export function positionKey(id: RunId): string {
  return id.version === 1 ? snapshotKey(id.name, id.instance) : keyOf(id, 'position')
}

/** The name of the lease of a run that has to be alone. */
export function leaseKey(id: RunId): string {
  return keyOf(id, 'run')
}

/**
 * The name of the lease that release 0.1.0 used for the same run. It had one for both kinds and all versions, and knew no versions of
 * projectors: where it cannot run the same, there is none.
 */
export function oldLeaseKey(id: RunId): string | undefined {
  return ranBefore(id) ? snapshotKey(id.name, id.instance) : undefined
}

/** What the names of the slots begin with that the workers of a partitioned run hold. */
export function slotKey(id: RunId): string {
  return keyOf(id, 'slots')
}

/** The name under which the number of partitions is stored. */
export function partitionsKey(id: RunId): string {
  return keyOf(id, 'partitions')
}

/** The name under which release 0.1.0 stored it, where it could run the same. */
export function oldPartitionsKey(id: RunId): string | undefined {
  return ranBefore(id) ? `${id.name}/partitions` : undefined
}

function ranBefore({ kind, version }: RunId): boolean {
  return kind === 'projection' || version === 1
}
