import { retryWait } from '../../operators/support/retryWait.ts'
import type { RestOptions } from '../../operators/support/SaveRest.ts'
import { DEFAULT_RETRY } from '../lifecycle/runOptions.ts'
import type { ProjectionOptions } from './projectionOptions.ts'

/** How much longer than the last save took the saver rests: so saving takes at most a tenth of the time. */
const REST = 9

/** How the saves of a run are paced: by how long they take, and after a failure by the waits of its retries. */
export function pacing({
  paceSaves = true,
  retry = DEFAULT_RETRY,
  random = Math.random,
}: ProjectionOptions<never>): RestOptions {
  if (!paceSaves) return {}
  return {
    restFor: (duration) => REST * duration,
    restAfterFailure: (failures) => retryWait(retry, failures, random),
  }
}
