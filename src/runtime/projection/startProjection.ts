import { checkOffset } from '../../../operators/kernel/arguments.ts'
import type { AnyProjection } from '../../../operators/model/index.ts'
import { checkProjectionDefinition } from '../lifecycle/checkDefinition.ts'
import { RunContext } from '../lifecycle/RunContext.ts'
import { handleOf, startRun } from '../lifecycle/startRun.ts'
import { checkWait } from '../lifecycle/Waits.ts'
import { checkInitialState } from './checkInitialState.ts'
import type { ProjectionHandle, StateOptions } from './ProjectionHandle.ts'
import { ProjectionWork } from './ProjectionWork.ts'
import { checkProjectionOptions, type ProjectionOptions } from './projectionOptions.ts'

/**
 * Starts a projection: composes `hydrate`, `followLog`, `ensureSequential`, `scanProjection`, `snapshotEvery`, `snapshotAfter`
 * and `retryWithJitter`, and returns a handle.
 *
 * The projection begins through the scheduler, after this call has returned, so a caller that subscribes to the handle
 * synchronously misses nothing. It runs until it is stopped (`stop()`, `await using`, an aborted `signal`) or faults. It faults
 * on an error with `retryable === false`, after `handlerFailures` failures in a row at one position, or when no retries are left.
 *
 * @example
 * ```ts
 * import { defineProjection, memory, startProjection } from 'rx-projection'
 *
 * type BankEvent = { type: 'Deposited'; payload: { account: string; amount: number } }
 * const balances = defineProjection<Record<string, number>, BankEvent>({
 *   name: 'balances',
 *   initialState: () => ({}),
 *   on: {
 *     Deposited: (state, { payload }) => ({ ...state, [payload.account]: (state[payload.account] ?? 0) + payload.amount }),
 *   },
 * })
 *
 * await using store = memory()
 * await using projection = startProjection(balances, { store })
 * await store.events.append('accounts', [{ type: 'Deposited', payload: { account: 'anna', amount: 5 } }])
 * console.log(await projection.state()) // prints { anna: 5 }
 * ```
 * @throws {TypeError | RangeError} names the wrong or unknown option.
 * @throws {InvalidProjectionError} a snapshot cannot store the initial state.
 */
export function startProjection<State>(
  definition: AnyProjection<State>,
  options: ProjectionOptions<State>,
): ProjectionHandle<State> {
  checkProjectionDefinition(definition)
  checkProjectionOptions(options)
  checkInitialState(definition)
  const { name, version } = definition
  const { store, source, snapshots, instance } = options
  const id = { kind: 'projection', version, name, instance } as const
  const context = new RunContext({ id, leases: store?.leases, handlerFailures: 3 }, options)
  const work = new ProjectionWork(definition, options, context)
  const run = startRun(
    context,
    work,
    { events: store?.events, source },
    { facet: store?.snapshots ?? snapshots!, key: `${context.name}/${version}`, definition },
  )
  const reach = (asked: StateOptions = {}, operation: string): Promise<void> => {
    checkWait(asked, ['atLeast'])
    const { atLeast, ...waiting } = asked
    if (atLeast === undefined) return run.whenFresh(operation, waiting)
    checkOffset('atLeast', atLeast)
    return run.whenPassed(atLeast, operation, waiting)
  }
  return {
    ...handleOf(run),
    state$: work.state.values$,
    snapshot$: work.snapshot$,
    get current() {
      return work.current
    },
    async state(asked) {
      await reach(asked, 'state()')
      return work.current!.state
    },
    async snapshot(asked) {
      await reach(asked, 'snapshot()')
      return work.current!
    },
    takeSnapshot: (asked) => work.takeSnapshot(asked),
  }
}
