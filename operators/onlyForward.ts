import type { MonoTypeOperatorFunction } from 'rxjs'
import { must } from './kernel/arguments.ts'
import { operate, Stage } from './kernel/operate.ts'
import { isOffset } from './model/position.ts'

/**
 * Passes what is ahead of all that was passed before it: published snapshots, or positions, never go back.
 *
 *     source:  --1--2--1--2--3--
 *     onlyForward()
 *     output:  --1--2--------3--
 *
 * 1. The first one always passes. After it, one passes whose offset is above that of the last one that passed; any other is
 *    dropped: after a retry, what follows the last durable snapshot comes a second time.
 * 2. Takes snapshots (anything with an `offset`) and positions (numbers).
 * 3. What it remembers lasts for its own subscription. So it stands behind `retryWithJitter`, whose runs are then one.
 * 4. An offset that is no safe integer of at least 0 is a `TypeError`.
 *
 * Completion, errors and unsubscription pass through. Nothing is held back or delayed: `followLog` waits no longer for it.
 *
 * @example
 * ```ts
 * import { of } from 'rxjs'
 * import { onlyForward } from 'rx-projection/operators'
 *
 * of(1, 2, 1, 2, 3).pipe(onlyForward()).subscribe(console.log) // prints 1, 2, 3
 * ```
 */
export function onlyForward<T extends number | { readonly offset: number }>(): MonoTypeOperatorFunction<T> {
  return operate((output) => new ForwardStage<T>(output))
}

class ForwardStage<T extends number | { readonly offset: number }> extends Stage<T, T> {
  #last = -1

  override next(value: T): void {
    if (this.isStopped) return
    let offset: number
    try {
      offset = offsetOf(value)
    } catch (error) {
      this.output.error(error)
      return
    }
    if (offset <= this.#last) return
    this.#last = offset
    this.output.next(value)
  }
}

/** @throws {TypeError} */
function offsetOf(value: number | { readonly offset: number }): number {
  must(
    typeof value === 'number' || (typeof value === 'object' && value !== null),
    'value',
    value,
    'a position or a snapshot',
    TypeError,
  )
  const offset: unknown = typeof value === 'number' ? value : value.offset
  must(isOffset(offset), 'offset', offset, 'a position, or 0', TypeError)
  return offset as number
}
