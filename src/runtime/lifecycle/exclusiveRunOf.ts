import type { Telemetry } from '../observe/telemetry.ts'
import type { ExclusiveRun } from './Exclusive.ts'
import type { Phase } from './Phase.ts'
import type { Work } from './Work.ts'

/** What of a run is told of the turns of its lease. */
interface Parts {
  readonly telemetry: Telemetry
  readonly phase: Phase
  readonly stopping: AbortController
  tell(error: unknown): void
}

/** What a run does at the turns of its lease. */
export function exclusiveRunOf(run: Parts, work: Pick<Work<never>, 'id' | 'flush'>): ExclusiveRun {
  const { telemetry } = run
  return {
    id: work.id,
    onAcquired: ({ name, epoch }) => telemetry.on && telemetry.emit({ type: 'lease.acquired', lease: name, epoch }),
    onStandby: (name) => {
      run.phase.status.next('hydrating')
      if (telemetry.on) telemetry.emit({ type: 'lease.standby', lease: name })
    },
    onError: (error) => run.tell(error),
    stopping: () => run.stopping.signal.aborted,
    flush: (done) => work.flush(done),
  }
}
