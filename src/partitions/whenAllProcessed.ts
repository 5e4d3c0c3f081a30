import { ProjectionStoppedError } from '../runtime/lifecycle/ProjectionStoppedError.ts'
import type { RunHandle } from '../runtime/lifecycle/RunHandle.ts'
import type { WaitOptions } from '../runtime/lifecycle/Waits.ts'
import type { RunningPartitions } from './RunningPartitions.ts'

/**
 * Resolves when all partitions that a worker runs have passed a position, also those that have come to it meanwhile, or come
 * back. One that was given back meanwhile is not waited for.
 *
 * @param left what each wait is told now.
 * @param hasEnded whether the worker has.
 */
export async function whenAllProcessed(
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
