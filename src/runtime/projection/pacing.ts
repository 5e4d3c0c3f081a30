import { retryWait } from '../../../operators/kernel/retryWait.ts'
import type { RestOptions } from '../../../operators/saving/SaveRest.ts'
import { retryOf } from '../lifecycle/runOptions.ts'
import type { ProjectionOptions } from './projectionOptions.ts'

/** How much longer than the last save took the saver rests: so saving takes at most a tenth of the time. */
const REST = 9

/** How the saves of a run are paced: by how long they take, and after a failure by the waits of its retries. */
export function pacing({ paceSaves = true, retry, random = Math.random }: ProjectionOptions<never>): RestOptions {
  if (!paceSaves) return {}
  const policy = retryOf(retry)
  return {
    restFor: (duration) => REST * duration,
    restAfterFailure: (failures) => retryWait(policy, failures, random),
  }
}
