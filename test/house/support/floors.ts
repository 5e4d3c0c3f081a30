/** A part of the house: where it lies, and what it may import beside itself. */
export interface Floor {
  readonly folder: string
  /** Folders and files of the project, from the root. */
  readonly local: readonly string[]
  /** Packages; `node:` stands for all of Node's own. */
  readonly packages: readonly string[]
}

const model = 'operators/model/'
const operators = ['operators/']
const runtime = ['src/lifecycle/', 'src/telemetry/']
const stores = 'src/stores/support/'

/**
 * The house, from the ground up. A file belongs to the first folder that it lies in.
 *
 * A part that is missing here may import nothing: a new folder has to be given its place first.
 */
export const floors: readonly Floor[] = [
  { folder: model, local: [], packages: [] },
  { folder: 'operators/', local: [model], packages: ['rxjs'] },
  { folder: 'src/telemetry/', local: operators, packages: ['rxjs'] },
  { folder: 'src/lifecycle/', local: [...operators, 'src/telemetry/'], packages: ['rxjs'] },
  { folder: 'src/projection/', local: [...operators, ...runtime], packages: ['rxjs'] },
  { folder: 'src/projector/', local: [...operators, ...runtime], packages: ['rxjs'] },
  {
    folder: 'src/partitions/',
    local: [...operators, ...runtime, 'src/projection/', 'src/projector/'],
    packages: ['rxjs'],
  },
  { folder: stores, local: [model], packages: ['rxjs'] },
  { folder: 'src/stores/memory/', local: [model, stores], packages: ['rxjs'] },
  { folder: 'src/stores/sqlite/', local: [model, stores], packages: ['rxjs', 'node:'] },
  {
    folder: 'src/stores/postgres/',
    local: [...operators, stores],
    packages: ['rxjs', 'node:', 'pg', '@electric-sql/pglite'],
  },
  {
    folder: 'src/stores/nats/',
    local: [...operators, stores],
    packages: ['rxjs', 'node:', '@nats-io/transport-node', '@nats-io/jetstream', '@nats-io/kv', '@nats-io/obj'],
  },
  { folder: 'src/stores/openStore.ts', local: [model, 'src/stores/'], packages: [] },
  {
    folder: 'src/testing/',
    local: [...operators, ...runtime, 'src/projection/', 'src/projector/', 'src/stores/'],
    packages: ['rxjs', 'rxjs/testing', 'rxjs-marbles', 'vitest'],
  },
  { folder: 'src/index.ts', local: [...operators, 'src/'], packages: [] },
]

/** The part that a file belongs to. */
export function floorOf(path: string): Floor | undefined {
  return floors.find(({ folder }) => path.startsWith(folder))
}
