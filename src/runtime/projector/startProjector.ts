import type { EventType } from '../../../operators/model/index.ts'
import { checkProjectorDefinition } from '../lifecycle/checkDefinition.ts'
import { positionKey } from '../lifecycle/keys.ts'
import { RunContext } from '../lifecycle/RunContext.ts'
import { handleOf, startRun } from '../lifecycle/startRun.ts'
import type { Projector } from './defineProjector.ts'
import type { ProjectorHandle } from './ProjectorHandle.ts'
import { ProjectorWork } from './ProjectorWork.ts'
import { checkProjectorOptions, type ProjectorOptions } from './projectorOptions.ts'

/**
 * Starts a projector: composes `hydrate`, `followLog`, `ensureSequential`, `processEvents` (or `processPages`) and
 * `retryWithJitter`, and returns a handle.
 *
 * If the store has transactions, the handler's writes through its `context` commit together with the position: exactly once. All
 * other effects happen at least once: after a crash between the end of a handler and the save of its position, the handler runs
 * again.
 *
 * The projector begins through the scheduler, after this call has returned, and runs until it is stopped or faults. By default, a
 * failed handler is retried forever (`handlerFailures`).
 *
 * @throws {TypeError | RangeError} names the wrong or unknown option.
 */
export function startProjector<E extends EventType, Context>(
  definition: Projector<E, Context>,
  options: ProjectorOptions<Context>,
): ProjectorHandle {
  checkProjectorDefinition(definition)
  checkProjectorOptions(options)
  const { name, version } = definition
  const { store, source, positions, instance } = options
  const id = { kind: 'projector', version, name, instance } as const
  const context = new RunContext({ id, leases: store?.leases, handlerFailures: Infinity }, options)
  const work = new ProjectorWork(definition as Projector<never, Context>, options, context)
  const run = startRun(
    context,
    work,
    { events: store?.events, source },
    { facet: store?.positions ?? positions!, key: positionKey(id), definition },
  )
  return {
    ...handleOf(run),
    get position() {
      return context.position.value
    },
  }
}
