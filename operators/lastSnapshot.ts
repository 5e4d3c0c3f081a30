import { checkFunction, checkObject, checkStore, must } from './kernel/arguments.ts'
import { reportUnhandled } from './kernel/reportUnhandled.ts'
import { checkProjection } from './model/checkFold.ts'
import { checkKeys } from './model/keys.ts'
import { chain } from './model/maybePromise.ts'
import { isName, NAME } from './model/names.ts'
import type { AnyProjection, MaybePromise } from './model/projection.ts'
import { initialSnapshot, type Snapshot } from './model/snapshot.ts'
import type { LoadOptions, SnapshotStore } from './ports/snapshots.ts'

/** What `lastSnapshot` may be told. */
export interface LastSnapshotOptions extends LoadOptions {
  /** Tells one of several runs of the same definition; its snapshots are kept under `name@instance`. */
  readonly instance?: string
}

/**
 * A `load` for {@link hydrate}: the stored snapshot of a projection's name and version, or the initial one.
 *
 * A stored snapshot that cannot be decoded goes to `onUndecodable`; without that it goes where RxJS reports unhandled
 * errors. Either way an older one is used, or the fold starts anew.
 *
 * It waits as long as the store takes. In a pipeline of your own, bound it with RxJS:
 * `hydrate(() => from(load()).pipe(timeout(30_000)), …)`, where the store answers with promises.
 *
 * @throws {TypeError} names the argument that is wrong.
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

/** The name under which a store keeps the snapshots, or the position, of an instance: `name`, or `name@instance`. */
export function snapshotKey(name: string, instance: string | undefined): string {
  return instance === undefined ? name : `${name}@${instance}`
}
