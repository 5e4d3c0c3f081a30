import type { EventMark } from '../../../operators/model/mark.ts'
import { PositionConflictError } from '../../../operators/ports/errors/PositionConflictError.ts'
import type { LeaseClaim } from '../../../operators/ports/leases.ts'
import type { PositionStore, SavePositionOptions } from '../../../operators/ports/positions.ts'
import { checkName, checkPositionSave } from '../support/checkArguments.ts'

interface StoredPosition {
  readonly position: number
  readonly mark: EventMark | undefined
}

/** Creates a position store in memory. */
export function memoryPositions(
  checkOpen: () => void,
  checkLease: (claim: LeaseClaim | undefined) => void,
): PositionStore {
  const stored = new Map<string, StoredPosition>()
  return {
    load(name: string): number {
      checkOpen()
      checkName('name', name)
      return stored.get(name)?.position ?? 0
    },
    save(name: string, position: number, options?: SavePositionOptions): void {
      checkOpen()
      checkPositionSave(name, position, options)
      checkLease(options?.lease)
      const actual = stored.get(name)?.position ?? 0
      const expected = options?.expected ?? actual
      if (expected !== actual) throw new PositionConflictError({ projector: name, expected, actual })
      stored.set(name, { position, mark: options?.mark && markOnly(options.mark) })
    },
    loadMark(name: string): EventMark | undefined {
      checkOpen()
      checkName('name', name)
      const mark = stored.get(name)?.mark
      return mark && { ...mark }
    },
  }
}

/** Copies the fields of a mark, without any other fields of the object. */
function markOnly({ position, stream, revision, recordedAt }: EventMark): EventMark {
  return {
    position,
    stream,
    ...(revision !== undefined && { revision }),
    ...(recordedAt !== undefined && { recordedAt }),
  }
}
