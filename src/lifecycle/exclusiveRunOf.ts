import type { ExclusiveRun } from './exclusive.ts'
import type { Run } from './Run.ts'
import type { Work } from './Work.ts'

/** What a run does at the turns of its lease: it says where it stands, and saves before it gives the lease back. */
export function exclusiveRunOf<Start>(run: Run<Start>, work: Work<Start>): ExclusiveRun {
  const { telemetry } = run
  const { name } = work
  return {
    name,
    onAcquired: ({ epoch }) => telemetry.on && telemetry.emit({ type: 'lease.acquired', lease: name, epoch }),
    onStandby: () => {
      run.phase.status.next('hydrating')
      if (telemetry.on) telemetry.emit({ type: 'lease.standby', lease: name })
    },
    onError: (error) => run.tell(error),
    stopping: () => run.stopping.signal.aborted,
    flush: (done) => work.flush(done),
  }
}
