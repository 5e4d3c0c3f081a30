import type { EventMark } from '../../../operators/model/mark.ts'
import { PositionConflictError } from '../../../operators/ports/errors/PositionConflictError.ts'
import type { PositionStore } from '../../../operators/ports/positions.ts'
import { checkName, checkPositionSave } from '../support/checkArguments.ts'
import { PositionLostError } from '../support/errors/PositionLostError.ts'
import type { Bucket } from './Bucket.ts'
import { encodeName } from './names.ts'
import type { Witness } from './Witness.ts'

/** The mark of a position, in a header: an older version reads the text, which holds the position alone. */
const MARK = 'Rx-Mark'

/** A place for positions, with the marks of what was handled last. */
export interface NatsPositions extends PositionStore {
  /**
   * The stored position; `0` where there never was one.
   *
   * Rejects with a {@link PositionLostError} where there was one and the bucket was deleted or made again since. This is known
   * of what this process has loaded or saved, and of what any process has saved that could write to the witness's bucket.
   */
  load(name: string): Promise<number>
  loadMark(name: string): Promise<EventMark | undefined>
}

/** Makes a place for positions in a bucket. */
export function natsPositions(bucket: Bucket, witness: Witness): NatsPositions {
  return {
    async load(name) {
      checkName('name', name)
      const { text } = await bucket.get(keyOf(name))
      if (text === undefined) {
        const last = await witness.positionOf(name)
        if (last > 0) throw new PositionLostError({ projector: name, last })
        return 0
      }
      witness.sawPosition(name, positionOf(text))
      return positionOf(text)
    },
    async loadMark(name) {
      checkName('name', name)
      const { text, headers } = await bucket.get(keyOf(name))
      const mark = headers?.get(MARK)
      return text === undefined || !mark ? undefined : (JSON.parse(decodeURIComponent(mark)) as EventMark)
    },
    async save(name, position, options) {
      checkPositionSave(name, position, options)
      const { expected, lease, mark } = options ?? {}
      await bucket.change(
        keyOf(name),
        ({ text }) => {
          const actual = positionOf(text)
          if (expected !== undefined && expected !== actual) {
            const last = text === undefined ? witness.lastKnown(name) : 0
            if (last > 0) throw new PositionLostError({ projector: name, last })
            throw new PositionConflictError({ projector: name, expected, actual })
          }
          return `${position}`
        },
        { lease, ...(mark && { headers: { [MARK]: encodeURIComponent(JSON.stringify(mark)) } }) },
      )
      await witness.storedPosition(name, position)
    },
  }
}

function keyOf(name: string): string {
  return `p.${encodeName(name)}`
}

function positionOf(text: string | undefined): number {
  return text === undefined ? 0 : Number(text)
}
