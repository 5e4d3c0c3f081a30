/** A part of the house: where it is, and what it may import in addition to itself. */
export interface Floor {
  readonly folder: string
  /** Folders and files of the project, from the root. */
  readonly local: readonly string[]
  /** Packages; `node:` stands for all of Node's own. */
  readonly packages: readonly string[]
}

const model = 'operators/model/'
const ports = 'operators/ports/'
const kernel = 'operators/kernel/'
const operators = ['operators/']
const runtime = 'src/runtime/'
const stores = 'src/stores/support/'

/**
 * The house, from the ground up. A file belongs to the first folder that it lies in.
 *
 * A part that is missing here may import nothing: a new folder has to be given its place first.
 */
export const floors: readonly Floor[] = [
  { folder: model, local: [], packages: [] },
  { folder: ports, local: [model], packages: [] },
  { folder: kernel, local: [model, ports], packages: ['rxjs'] },
  { folder: 'operators/', local: [model, ports, kernel], packages: ['rxjs'] },
  { folder: 'src/reading/', local: operators, packages: ['rxjs'] },
  { folder: 'src/runtime/observe/', local: operators, packages: ['rxjs'] },
  { folder: 'src/runtime/failures/', local: [...operators, 'src/runtime/observe/'], packages: ['rxjs'] },
  {
    folder: 'src/runtime/lifecycle/',
    local: [...operators, 'src/reading/', 'src/runtime/failures/', 'src/runtime/observe/'],
    packages: ['rxjs'],
  },
  {
    folder: 'src/runtime/projection/',
    local: [...operators, 'src/runtime/lifecycle/', 'src/runtime/failures/', 'src/runtime/observe/'],
    packages: ['rxjs'],
  },
  {
    folder: 'src/runtime/projector/',
    local: [...operators, 'src/runtime/lifecycle/', 'src/runtime/failures/', 'src/runtime/observe/'],
    packages: ['rxjs'],
  },
  { folder: 'src/partitions/', local: [...operators, 'src/reading/', runtime], packages: ['rxjs'] },
  { folder: stores, local: [model, ports, kernel], packages: ['rxjs'] },
  { folder: 'src/stores/memory/', local: [model, ports, kernel, stores], packages: ['rxjs'] },
  { folder: 'src/stores/sqlite/', local: [model, ports, kernel, stores], packages: ['rxjs', 'node:'] },
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
  { folder: 'src/open/', local: [model, ports, 'src/stores/'], packages: [] },
  {
    folder: 'src/testing/',
    local: [...operators, runtime, 'src/stores/'],
    packages: ['rxjs', 'rxjs/testing', 'rxjs-marbles', 'vitest'],
  },
  { folder: 'src/index.ts', local: [...operators, 'src/'], packages: [] },
]

/** The part that a file belongs to. */
export function floorOf(path: string): Floor | undefined {
  return floors.find(({ folder }) => path.startsWith(folder))
}
