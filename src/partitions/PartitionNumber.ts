import type { MaybePromise } from '../../operators/model/index.ts'
import { chain } from '../../operators/model/maybePromise.ts'
import type { PositionStore } from '../../operators/ports/index.ts'
import { oldPartitionsKey, partitionsKey, type RunId } from '../runtime/lifecycle/keys.ts'
import { PartitionsMismatchError } from './PartitionsMismatchError.ts'

/** The number of partitions that a store holds of a projection or a projector: it is for good. */
export class PartitionNumber {
  readonly #id: RunId
  readonly #partitions: number
  readonly #positions: PositionStore
  #checked = false

  constructor(id: RunId, partitions: number, positions: PositionStore) {
    this.#id = id
    this.#partitions = partitions
    this.#positions = positions
  }

  /**
   * Compares it with ours, and stores ours where there is none. One that release 0.1.0 stored counts until then; it had one for both
   * kinds and all versions.
   *
   * @throws {PartitionsMismatchError}
   */
  check(): MaybePromise<void> {
    if (this.#checked) return
    const key = partitionsKey(this.#id)
    return chain(this.#positions.load(key), (stored) => {
      this.#compare(stored)
      const saved =
        stored === 0 && chain(this.#checkOld(), () => this.#positions.save(key, this.#partitions, { expected: 0 }))
      return chain(saved, () => {
        this.#checked = true
      })
    })
  }

  #checkOld(): MaybePromise<void> {
    const key = oldPartitionsKey(this.#id)
    if (key === undefined) return
    return chain(this.#positions.load(key), (stored) => {
      if (stored === 0 || stored === this.#partitions) return
      // The position of a projector of that name has a mark; a number of partitions has none.
      return chain(this.#positions.loadMark?.(key), (mark) => {
        if (mark === undefined) this.#compare(stored)
      })
    })
  }

  #compare(stored: number): void {
    const { name } = this.#id
    const partitions = this.#partitions
    if (stored !== 0 && stored !== partitions)
      throw new PartitionsMismatchError({ projection: name, partitions, stored })
  }
}
