import type { EventReader, LeaseStore } from '../../../operators/ports/index.ts'
import type { PushSource } from './runOptions.ts'

/** What of a store a run itself uses: events, or a source in their place, and leases. */
export interface RunPorts {
  readonly events: EventReader | undefined
  readonly source: PushSource | undefined
  readonly leases: LeaseStore | undefined
}
