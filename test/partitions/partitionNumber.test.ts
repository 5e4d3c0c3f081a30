import { memory, PartitionsMismatchError, type PositionStore } from 'rx-projection'
import { describe, expect, test } from 'vitest'
import { PartitionNumber } from '../../src/partitions/PartitionNumber.ts'
import type { RunId } from '../../src/runtime/lifecycle/keys.ts'

const projection: RunId = { kind: 'projection', version: 1, name: 'seen' }
const others: RunId[] = [
  { ...projection, version: 2 },
  { ...projection, kind: 'projector' },
  { ...projection, kind: 'projector', version: 2 },
]

const check = (id: RunId, partitions: number, positions: PositionStore) =>
  new PartitionNumber(id, partitions, positions).check()

describe('the number of partitions', () => {
  test('is stored with the first start, for each kind and version by itself', () => {
    const { positions } = memory()
    check(projection, 16, positions)
    for (const [index, id] of others.entries()) check(id, index + 1, positions)
    expect(() => check(projection, 8, positions)).toThrow(PartitionsMismatchError)
    expect(() => check(others[1]!, 16, positions)).toThrow(PartitionsMismatchError)
    check(projection, 16, positions)
  })

  test('that release 0.1.0 stored counts for all that it could run', () => {
    const { positions } = memory()
    positions.save('seen/partitions', 16)
    for (const id of [projection, others[0]!, others[1]!]) {
      expect(() => check(id, 8, positions)).toThrow(
        new PartitionsMismatchError({ projection: 'seen', partitions: 8, stored: 16 }),
      )
      expect(positions.load(`@${id.kind}/${id.version}/partitions/seen`)).toBe(0)
      check(id, 16, positions)
    }
    check(others[2]!, 8, positions)
    expect(positions.load('seen/partitions')).toBe(16)
  })

  test('that release 0.1.0 stored does not count any more once it is forgotten', () => {
    const { positions } = memory()
    positions.save('seen/partitions', 16)
    positions.save('seen/partitions', 0)
    check(projection, 8, positions)
  })

  test('is not mistaken for the position of a projector of that name', () => {
    const { positions } = memory()
    positions.save('seen/partitions', 16)
    const marked = { ...positions, loadMark: () => ({ position: 16, stream: 'a' }) }
    check(projection, 8, marked)
    expect(positions.load('@projection/1/partitions/seen')).toBe(8)
  })
})
