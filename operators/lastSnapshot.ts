import { checkFunction, checkObject, checkStore, must } from './kernel/arguments.ts'
import { reportUnhandled } from './kernel/reportUnhandled.ts'
import { checkProjection } from './model/checkFold.ts'
import { checkKeys } from './model/keys.ts'
import { chain } from './model/maybePromise.ts'
import { isName, NAME } from './model/names.ts'
import type { AnyProjection, MaybePromise } from './model/projection.ts'
import { initialSnapshot, type Snapshot } from './model/snapshot.ts'
import type { LoadOptions, SnapshotStore } from './ports/snapshots.ts'

/** Options of `lastSnapshot`. */
export interface LastSnapshotOptions extends LoadOptions {
  /** Distinguishes several runs of the same definition; the snapshots of an instance are stored under `name@instance`. */
  readonly instance?: string
}

/**
 * A `load` for {@link hydrate}: the stored snapshot of a projection's name and version, or the initial one.
 *
 * `onUndecodable` receives the error of a stored snapshot that cannot be decoded; without it, the error goes where RxJS reports
 * unhandled errors. In both cases an older snapshot is used, or the fold starts from the initial one.
 *
 * It has no timeout of its own. If the store answers with promises, add one with RxJS:
 * `hydrate(() => from(load()).pipe(timeout(30_000)), …)`.
 *
 * @throws {TypeError} names the invalid argument.
 */
export function lastSnapshot<State>(
  store: { readonly snapshots: Pick<SnapshotStore, 'load'> },
  projection: AnyProjection<State>,
  options: LastSnapshotOptions = {},
): () => MaybePromise<Snapshot<State>> {
  checkStore(store)
  checkObject('store.snapshots', store.snapshots)
  checkFunction('store.snapshots.load', store.snapshots.load)
  checkProjection(projection)
  checkObject('options', options)
  checkKeys(options, ['instance', 'onUndecodable'])
  if (options.instance !== undefined) must(isName(options.instance), 'instance', options.instance, NAME, TypeError)
  const { instance, onUndecodable = reportUnhandled } = options
  checkFunction('onUndecodable', onUndecodable)
  const key = snapshotKey(projection.name, instance)
  return () =>
    chain(
      store.snapshots.load(key, projection.version, { onUndecodable }),
      (stored) => (stored as Snapshot<State> | undefined) ?? initialSnapshot(projection),
    )
}

/** The name under which a store saves the snapshots, or the position, of an instance: `name`, or `name@instance`. */
export function snapshotKey(name: string, instance: string | undefined): string {
  return instance === undefined ? name : `${name}@${instance}`
}
