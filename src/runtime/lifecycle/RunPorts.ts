import type { EventReader } from '../../../operators/ports/index.ts'
import type { PushSource } from './runOptions.ts'

/** Where a run's events come from: a log, or a source instead. */
export interface RunPorts {
  readonly events: EventReader | undefined
  readonly source: PushSource | undefined
}
