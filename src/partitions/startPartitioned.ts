import { checkFunction } from '../../operators/kernel/arguments.ts'
import type { AnyProjection, EventType } from '../../operators/model/index.ts'
import type { LeaseStore } from '../../operators/ports/index.ts'
import { sharedReader } from '../reading/PageCache.ts'
import { checkAnyDefinition } from '../runtime/lifecycle/checkDefinition.ts'
import { leaseKey, oldLeaseKey, type RunId } from '../runtime/lifecycle/keys.ts'
import { Latest } from '../runtime/observe/Latest.ts'
import type { ProjectionHandle } from '../runtime/projection/ProjectionHandle.ts'
import { checkProjectionOptions, PROJECTION_OPTIONS } from '../runtime/projection/projectionOptions.ts'
import { startProjection } from '../runtime/projection/startProjection.ts'
import type { Projector } from '../runtime/projector/defineProjector.ts'
import { checkProjectorOptions } from '../runtime/projector/projectorOptions.ts'
import { startProjector } from '../runtime/projector/startProjector.ts'
import type { PartitionedHandle, PartitionedProjectionHandle } from './PartitionedHandle.ts'
import { PartitionWorker } from './PartitionWorker.ts'
import {
  checkPartitionOptions,
  type PartitionedProjectionOptions,
  type PartitionedProjectorOptions,
} from './partitionedOptions.ts'
import { partitionFilter } from './partitionFilter.ts'

/**
 * Starts a worker that runs its share of a projection's, or a projector's, partitions; start as many as you like, in as many
 * processes.
 *
 * 1. An event belongs to the partition of its stream (see {@link partitionOf}), so the order of each stream is kept. Each
 *    partition is an exclusive run of its own, with the instance `p/N`: its own snapshot or position, and its own lease.
 * 2. A worker runs `ceil(partitions / workers)` of them at the most. When one joins, the others give back what is too much
 *    after the page in hand, with a last snapshot; when one leaves, its partitions are taken over at once; when one
 *    dies, after `ttl` ms and at most a third of it.
 * 3. The number of partitions is stored with the first start; another one is a `PartitionsMismatchError`.
 * 4. The partitions of a worker share the pages of the log's history: it is read once, not once for each.
 * 5. A fault of one partition is a fault of the worker: it gives the others back.
 *
 * @throws {TypeError | RangeError} names the option that is wrong, or unknown.
 */
export function startPartitioned<State>(
  definition: AnyProjection<State>,
  options: PartitionedProjectionOptions<State>,
): PartitionedProjectionHandle<State>
export function startPartitioned<E extends EventType, Context>(
  definition: Projector<E, Context>,
  options: PartitionedProjectorOptions<Context>,
): PartitionedHandle
export function startPartitioned(
  definition: AnyProjection<unknown> | Projector<never>,
  options: PartitionedProjectionOptions<unknown> | PartitionedProjectorOptions<unknown>,
): PartitionedHandle {
  checkAnyDefinition(definition)
  const isProjection = 'handlerOf' in definition
  checkPartitionOptions(options, isProjection ? PROJECTION_OPTIONS : [])
  if (isProjection) return partitionedProjection(definition, options as PartitionedProjectionOptions<unknown>)
  return partitionedProjector(definition, options as PartitionedProjectorOptions<unknown>)
}

function partitionedProjection(
  definition: AnyProjection<unknown>,
  options: PartitionedProjectionOptions<unknown>,
): PartitionedProjectionHandle<unknown> {
  checkFunction('definition.handlerOf', definition.handlerOf)
  const { name, version } = definition
  const { shared, runOptions } = sharing({ kind: 'projection', name, version }, options)
  checkProjectionOptions(runOptions(0, options.store.leases) as never)
  const states = new Latest<ReadonlyMap<number, unknown>>((error) => worker.faultUnseen(error))
  let newest: ReadonlyMap<number, unknown> = new Map()
  const show = (change: (states: Map<number, unknown>) => void): void => {
    const next = new Map(newest)
    change(next)
    newest = next
    states.next(next)
  }
  const worker = new PartitionWorker({
    ...shared,
    observed: () => states.observed,
    onEnd: (fault) => (fault === undefined ? states.complete() : states.error(fault.error)),
    start(partition, leases) {
      const handle = startProjection(definition, runOptions(partition, leases))
      handle.state$.subscribe({
        next: (state) => show((states) => states.set(partition, state)),
        // The worker tells.
        error: () => undefined,
      })
      return { handle, values$: handle.state$ }
    },
  })
  worker.running.dropped.subscribe((partition) => newest.has(partition) && show((states) => states.delete(partition)))
  worker.start()
  return {
    ...handleOf(definition.name, worker),
    states$: states.values$,
    async state(waiting) {
      await worker.whenCaughtUp('state()', waiting)
      const current = new Map<number, unknown>()
      for (const partition of worker.running.partitions.value ?? []) {
        const { current: snapshot } = (worker.running.get(partition) as ProjectionHandle<unknown> | undefined) ?? {}
        if (snapshot !== undefined) current.set(partition, snapshot.state)
      }
      return current
    },
  }
}

function partitionedProjector(
  definition: Projector<never>,
  options: PartitionedProjectorOptions<unknown>,
): PartitionedHandle {
  const { name, version } = definition
  const { shared, runOptions } = sharing({ kind: 'projector', name, version }, options)
  checkFunction('definition.process', definition.process ?? definition.processPage)
  checkProjectorOptions(runOptions(0, options.store.leases))
  const worker = new PartitionWorker({
    ...shared,
    start(partition, leases) {
      const handle = startProjector(definition, runOptions(partition, leases))
      return { handle, values$: handle.position$ }
    },
  })
  worker.start()
  return handleOf(definition.name, worker)
}

/** What a worker, and each of its runs, are told. */
function sharing<Options extends PartitionedProjectionOptions<unknown> | PartitionedProjectorOptions<unknown>>(
  id: RunId,
  options: Options,
) {
  const { partitions, worker: owner = crypto.randomUUID(), ttl = 10_000, store, signal, ...run } = options
  const log = sharedReader(store.events, options.scheduler)
  const logOf = partitionFilter(log, partitions)
  const instanceOf = (partition: number): string => `${partition}/${partitions}`
  const keyOf = (partition: number): string => leaseKey({ ...id, instance: instanceOf(partition) })
  const oldKeyOf = (partition: number) => oldLeaseKey({ ...id, instance: instanceOf(partition) })
  const runOptions = (partition: number, leases: LeaseStore) => ({
    ...run,
    store: { ...(store as Options['store']), events: logOf(partition), leases },
    instance: instanceOf(partition),
    exclusive: { owner, ttl },
  })
  const { scheduler, onError } = options
  const shared = {
    name: id.name,
    id,
    partitions,
    owner,
    ttl,
    store,
    head: () => log.head(),
    keyOf,
    oldKeyOf,
    ...(scheduler && { scheduler }),
    ...(signal && { signal }),
    ...(onError && { onError }),
  }
  return { shared, runOptions }
}

function handleOf(name: string, worker: PartitionWorker): PartitionedHandle {
  return {
    name,
    partitions$: worker.running.partitions.values$,
    status$: worker.lifecycle.status.values$,
    whenCaughtUp: (waiting) => worker.whenCaughtUp('whenCaughtUp()', waiting, Infinity),
    stop: (stopping) => worker.stop(stopping),
    [Symbol.asyncDispose]: () => worker.stop(),
  }
}
