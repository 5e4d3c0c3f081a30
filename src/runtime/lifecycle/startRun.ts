import { checkOffset } from '../../../operators/kernel/arguments.ts'
import { Run } from './Run.ts'
import type { RunContext } from './RunContext.ts'
import type { RunHandle } from './RunHandle.ts'
import type { RunPorts } from './RunPorts.ts'
import { useKey } from './runsOfFacet.ts'
import type { Work } from './Work.ts'

/** Which key of which facet a run stores its own things under, and the definition that it runs. */
export interface UsedKey {
  readonly facet: object
  readonly key: string
  readonly definition: object
}

/** Starts a run of some work. Another run that uses the same key of the same facet is reported as a failure. */
export function startRun<Start>(
  context: RunContext,
  work: Work<Start>,
  ports: RunPorts,
  { facet, key, definition }: UsedKey,
): Run<Start> {
  const run = new Run(context, work, ports)
  run.start()
  const { error, end } = useKey(facet, { key, name: context.name, definition, alone: context.exclusive.on })
  run.whenEnded(end)
  if (error !== undefined) run.soon(() => context.report(error))
  return run
}

/** The part of a handle that does not depend on what the run does. */
export function handleOf<Start>(run: Run<Start>): RunHandle {
  const { name, position, lifecycle, telemetry } = run.context
  return {
    name,
    position$: position.values$,
    status$: lifecycle.status.values$,
    telemetry$: telemetry.events$,
    catchUp(options) {
      const caughtUp = run.whenFresh('catchUp()', options)
      // A caller that only wants it read does not wait; a failure is shown by the handle anyway.
      caughtUp.catch(() => undefined)
      return caughtUp
    },
    whenCaughtUp: (options) => run.whenFresh('whenCaughtUp()', options, Infinity),
    async whenProcessed(asked, options) {
      checkOffset('position', asked)
      await run.whenPassed(asked, `whenProcessed(${asked})`, options)
    },
    stop: (options) => run.stop(options),
    [Symbol.asyncDispose]: () => run.stop(),
  }
}
