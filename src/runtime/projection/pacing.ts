import { retryWait } from '../../../operators/kernel/retryWait.ts'
import type { RestOptions } from '../../../operators/saving/SaveRest.ts'
import { retryOf } from '../lifecycle/runOptions.ts'
import type { ProjectionOptions } from './projectionOptions.ts'

/** The saver rests this many times as long as the last save took, so saving takes at most a tenth of the time. */
const REST = 9

/** Paces the saves of a run: by how long they take, and after a failure by the waits of `retry`. */
export function pacing({ paceSaves = true, retry, random = Math.random }: ProjectionOptions<never>): RestOptions {
  if (!paceSaves) return {}
  const policy = retryOf(retry)
  return {
    restFor: (duration) => REST * duration,
    restAfterFailure: (failures) => retryWait(policy, failures, random),
  }
}
