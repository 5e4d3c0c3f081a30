import type { MaybePromise } from '../../operators/model/index.ts'
import { isPromiseLike } from '../../operators/model/maybePromise.ts'
import type { WaitOptions, Waits } from '../runtime/lifecycle/Waits.ts'

/** Waits for the head of a log no longer than any other wait of a worker: up to its timeout, its signal, and the worker's end. */
export async function headWithin(
  head: MaybePromise<number>,
  waits: Waits,
  operation: string,
  options: WaitOptions,
): Promise<number> {
  if (!isPromiseLike(head)) return head
  let answer: { readonly head: number } | { readonly error: unknown } | undefined
  const take = (given: NonNullable<typeof answer>): void => {
    answer = given
    waits.check()
  }
  head.then(
    (found) => take({ head: found }),
    (error: unknown) => take({ error }),
  )
  await waits.until(() => answer !== undefined, operation, options)
  if ('error' in answer!) throw answer.error
  return answer!.head
}
