import type { MonoTypeOperatorFunction } from 'rxjs'
import { must } from './kernel/arguments.ts'
import { operate, Stage } from './kernel/operate.ts'
import { isOffset } from './model/position.ts'

/**
 * Emits only values ahead of all values emitted before: published snapshots, or positions, never go back.
 *
 *     source:  --1--2--1--2--3--
 *     onlyForward()
 *     output:  --1--2--------3--
 *
 * 1. The first value always passes. After it, a value passes only if its offset is above that of the last value that passed;
 *    any other value is dropped. After a retry, the values that follow the last durable snapshot arrive a second time.
 * 2. Accepts snapshots (anything with an `offset`) and positions (numbers).
 * 3. The remembered offset belongs to one subscription. So place it after `retryWithJitter`, which combines all runs into one
 *    subscription.
 * 4. An offset that is not a safe integer of at least 0 is a `TypeError`.
 *
 * Completion, errors and unsubscription pass through. Values are not held back or delayed: `followLog` does not wait longer
 * because of it.
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
