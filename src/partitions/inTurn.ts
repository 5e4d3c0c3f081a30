import type { MaybePromise } from '../../operators/model/index.ts'
import { isPromiseLike } from '../../operators/model/maybePromise.ts'

/** Does something with one item after the other, until it says `false`; without a promise where none is needed. */
export function inTurn<T>(items: readonly T[], step: (item: T) => MaybePromise<boolean>, from = 0): MaybePromise<void> {
  for (let index = from; index < items.length; index++) {
    const goOn = step(items[index]!)
    if (isPromiseLike(goOn)) return goOn.then((yes) => (yes ? inTurn(items, step, index + 1) : undefined))
    if (!goOn) return
  }
}
