import type { MaybePromise } from '../../operators/model/index.ts'
import { isPromiseLike } from '../../operators/model/maybePromise.ts'

/**
 * Asks about several items at the same time, and calls back for each answer, in their order, when the last one has come; without a
 * promise where none is needed. Fails, behind all answers, with the first failure.
 */
export function settleInOrder<T, R>(
  items: readonly T[],
  ask: (item: T) => MaybePromise<R>,
  answered: (answer: R, item: T) => void,
): MaybePromise<void> {
  const settled: PromiseSettledResult<R>[] = []
  const asked: PromiseLike<unknown>[] = []
  items.forEach((item, index) => {
    const keep = (value: R): unknown => (settled[index] = { status: 'fulfilled', value })
    const fail = (reason: unknown): unknown => (settled[index] = { status: 'rejected', reason })
    try {
      const answer = ask(item)
      if (isPromiseLike(answer)) asked.push(answer.then(keep, fail))
      else keep(answer)
    } catch (error) {
      fail(error)
    }
  })
  const report = (): void => {
    for (const [index, one] of settled.entries()) if (one.status === 'fulfilled') answered(one.value, items[index]!)
    const failed = settled.find(({ status }) => status === 'rejected')
    if (failed !== undefined) throw (failed as PromiseRejectedResult).reason
  }
  return asked.length === 0 ? report() : Promise.all(asked).then(report)
}
