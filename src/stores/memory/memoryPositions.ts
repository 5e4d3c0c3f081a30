import { PositionConflictError } from '../../../operators/model/errors/PositionConflictError.ts'
import type { LeaseClaim } from '../../../operators/model/lease.ts'
import type { PositionStore, SavePositionOptions } from '../../../operators/model/store.ts'
import { checkName, checkPositionSave } from '../support/checkArguments.ts'

/** Makes a place for positions in memory. */
export function memoryPositions(
  checkOpen: () => void,
  checkLease: (claim: LeaseClaim | undefined) => void,
): PositionStore {
  const stored = new Map<string, number>()
  return {
    load(name: string): number {
      checkOpen()
      checkName('name', name)
      return stored.get(name) ?? 0
    },
    save(name: string, position: number, options?: SavePositionOptions): void {
      checkOpen()
      checkPositionSave(name, position, options)
      checkLease(options?.lease)
      const actual = stored.get(name) ?? 0
      const expected = options?.expected ?? actual
      if (expected !== actual) throw new PositionConflictError({ projector: name, expected, actual })
      stored.set(name, position)
    },
  }
}
