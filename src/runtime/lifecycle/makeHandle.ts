import { checkOffset } from '../../../operators/kernel/arguments.ts'
import type { Run } from './Run.ts'
import type { RunHandle } from './RunHandle.ts'

/** The part of a handle that does not depend on what the run does. */
export function makeHandle<Start>(name: string, run: Run<Start>): RunHandle {
  return {
    name,
    position$: run.position.values$,
    status$: run.phase.status.values$,
    telemetry$: run.telemetry.events$,
    catchUp(options) {
      const caughtUp = run.whenFresh('catchUp()', options)
      // Who only wants it read does not wait; a failure is told on the handle anyway.
      caughtUp.catch(() => undefined)
      return caughtUp
    },
    whenCaughtUp: (options) => run.whenFresh('whenCaughtUp()', options, Infinity),
    async whenProcessed(position, options) {
      checkOffset('position', position)
      await run.whenPassed(position, `whenProcessed(${position})`, options)
    },
    stop: (options) => run.stop(options),
    [Symbol.asyncDispose]: () => run.stop(),
  }
}
