import type { EventReader } from '../../../operators/ports/index.ts'
import type { PushSource } from './runOptions.ts'

/** The origin of a run's events: a log, or a push source. */
export interface RunPorts {
  readonly events: EventReader | undefined
  readonly source: PushSource | undefined
}
