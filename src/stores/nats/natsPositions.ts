import { PositionConflictError } from '../../../operators/model/errors/PositionConflictError.ts'
import type { PositionStore } from '../../../operators/model/store.ts'
import { checkName, checkPositionSave } from '../support/checkArguments.ts'
import type { Bucket } from './Bucket.ts'
import { encodeName } from './names.ts'

/** Makes a place for positions in a bucket. */
export function natsPositions(bucket: Bucket): PositionStore {
  return {
    async load(name) {
      checkName('name', name)
      return positionOf((await bucket.get(keyOf(name))).text)
    },
    async save(name, position, options) {
      checkPositionSave(name, position, options)
      const { expected, lease } = options ?? {}
      await bucket.change(
        keyOf(name),
        ({ text }) => {
          const actual = positionOf(text)
          if (expected !== undefined && expected !== actual) {
            throw new PositionConflictError({ projector: name, expected, actual })
          }
          return `${position}`
        },
        { lease },
      )
    },
  }
}

function keyOf(name: string): string {
  return `p.${encodeName(name)}`
}

function positionOf(text: string | undefined): number {
  return text === undefined ? 0 : Number(text)
}
