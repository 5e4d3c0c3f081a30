import { snapshotKey } from '../../../operators/lastSnapshot.ts'

/** The identity of a run: kind, version, name and instance. */
export interface RunId {
  readonly kind: 'projection' | 'projector'
  readonly version: number
  readonly name: string
  readonly instance?: string | undefined
}

/**
 * The names under which a run stores its own data. A user's name contains no `@`, so `name` and `name@instance` never start with
 * one. A key that starts with `@` contains a kind, a version and a use: `@projector/2/position/name@instance`. So no two keys
 * collide.
 */
function keyOf({ kind, version, name, instance }: RunId, use: string): string {
  return `@${kind}/${version}/${use}/${snapshotKey(name, instance)}`
}

/** The name of a projector's position: `name` or `name@instance` for version 1; later versions include the version. */
export function positionKey(id: RunId): string {
  return id.version === 1 ? snapshotKey(id.name, id.instance) : keyOf(id, 'position')
}

/** The name of the lease of an exclusive run. */
export function leaseKey(id: RunId): string {
  return keyOf(id, 'run')
}

/**
 * The name of the lease that release 0.1.0 used for the same run. That release had one lease for both kinds and all versions, and
 * did not know versions of projectors. `undefined` if release 0.1.0 could not run the same.
 */
export function oldLeaseKey(id: RunId): string | undefined {
  return ranBefore(id) ? snapshotKey(id.name, id.instance) : undefined
}

/** The prefix of the names of the slots that the workers of a partitioned run hold. */
export function slotKey(id: RunId): string {
  return keyOf(id, 'slots')
}

/** The name under which the number of partitions is stored. */
export function partitionsKey(id: RunId): string {
  return keyOf(id, 'partitions')
}

/** The name under which release 0.1.0 stored it; `undefined` if that release could not run the same. */
export function oldPartitionsKey(id: RunId): string | undefined {
  return ranBefore(id) ? `${id.name}/partitions` : undefined
}

function ranBefore({ kind, version }: RunId): boolean {
  return kind === 'projection' || version === 1
}
