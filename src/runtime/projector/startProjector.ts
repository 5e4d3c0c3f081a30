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
 * Starts a projector: `hydrate`, `followLog`, `ensureSequential`, `processEvents` (or `processPages`) and
 * `retryWithJitter` put together, with a handle around them.
 *
 * Where the store has transactions, what a handler writes through its `context` and the position commit together: exactly
 * once. For everything else it is at least once: a crash between a handler's end and the save of its position repeats it.
 *
 * It begins through the scheduler, after this call has returned, and runs until it is stopped or faults. A handler that
 * fails is tried again for ever by default (`handlerFailures`).
 *
 * @throws {TypeError | RangeError} names the option that is wrong, or unknown.
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
