import type { MaybePromise } from '../../operators/model/index.ts'
import { isPromiseLike } from '../../operators/model/maybePromise.ts'
import { ProjectionStoppedError } from '../runtime/lifecycle/ProjectionStoppedError.ts'
import type { RunHandle } from '../runtime/lifecycle/RunHandle.ts'
import type { WaitOptions, Waits } from '../runtime/lifecycle/Waits.ts'
import type { RunningPartitions } from './RunningPartitions.ts'

/** The worker that is waited for. */
export interface CatchingUp {
  readonly running: RunningPartitions
  readonly waits: Waits
  readonly now: () => number
  /** The last position of the log. */
  readonly head: () => MaybePromise<number>
  /** Whether it has had its first share of the partitions. */
  readonly hasBegun: () => boolean
  readonly hasEnded: () => boolean
}

/**
 * Resolves when all partitions that a worker runs have dealt with what the log held at the call.
 *
 * @param timeout for the whole of it, in ms.
 * @throws {TimeoutError} the time is over first.
 */
export async function whenCaughtUp(
  worker: CatchingUp,
  operation: string,
  { timeout, ...options }: WaitOptions & { readonly timeout: number },
): Promise<void> {
  const { running, waits, now, head, hasBegun, hasEnded } = worker
  const end = now() + timeout
  await waits.until(hasBegun, operation, { ...options, timeout })
  const left = (): WaitOptions => ({ ...options, timeout: Math.min(Math.max(0, end - now()), timeout) })
  const position = await headWithin(head(), waits, operation, left())
  await whenAllProcessed(running, position, left, hasEnded)
}

/** Waits for the head of a log no longer than any other wait of a worker: up to its timeout, its signal, and the worker's end. */
async function headWithin(
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

/** Waits also for those that come to the worker meanwhile, or come back; not for one that is given back meanwhile. */
async function whenAllProcessed(
  running: RunningPartitions,
  position: number,
  left: () => WaitOptions,
  hasEnded: () => boolean,
): Promise<void> {
  const waited = new Set<RunHandle>()
  for (;;) {
    const handles = running.all.filter((handle) => !waited.has(handle))
    if (handles.length === 0) return
    await Promise.all(
      handles.map((handle) => {
        waited.add(handle)
        return handle.whenProcessed(position, left()).catch((error: unknown) => {
          if (!(error instanceof ProjectionStoppedError) || hasEnded()) throw error
        })
      }),
    )
  }
}
