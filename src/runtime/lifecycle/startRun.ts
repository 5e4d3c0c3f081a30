import { checkOffset } from '../../../operators/kernel/arguments.ts'
import { Run } from './Run.ts'
import type { RunContext } from './RunContext.ts'
import type { RunHandle } from './RunHandle.ts'
import type { RunPorts } from './RunPorts.ts'
import { useKey } from './runsOfFacet.ts'
import type { Work } from './Work.ts'

/** The facet and the key under which a run stores its own data, and the definition that it runs. */
export interface UsedKey {
  readonly facet: object
  readonly key: string
  readonly definition: object
}

/** Starts a run of a work. Reports a failure if another run uses the same key of the same facet. */
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

/** The part of a handle that does not depend on the work. */
export function handleOf<Start>(run: Run<Start>): RunHandle {
  const { name, position, lifecycle, telemetry } = run.context
  return {
    name,
    position$: position.values$,
    status$: lifecycle.status.values$,
    telemetry$: telemetry.events$,
    catchUp(options) {
      const caughtUp = run.whenFresh('catchUp()', options)
      // The caller may ignore this promise; the handle shows a failure anyway.
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
