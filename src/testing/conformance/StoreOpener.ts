import type { MaybePromise } from '../../../operators/model/index.ts'
import type { OpenStore } from '../../../operators/ports/index.ts'

/** Provides stores to the conformance suite. */
export interface StoreOpener {
  /** Opens a new, empty store, independent of all stores opened before. Each check opens one and disposes of it. */
  readonly open: () => MaybePromise<OpenStore>
  /**
   * Opens the same data as another store, while that store is open or after its disposal. Absent if the data ends with the
   * store: the suite then omits the checks that need it.
   */
  readonly openAgain?: (store: OpenStore) => MaybePromise<OpenStore>
  /**
   * Damages the newest stored snapshot of a name and version so that it cannot be decoded. Absent if that is not possible: the
   * suite then omits the checks that need it.
   */
  readonly breakSnapshot?: (store: OpenStore, name: string, version: number) => MaybePromise<void>
}

/** What a check receives in addition to its store. */
export interface Trial {
  readonly opener: StoreOpener
  /** Waits until a condition is true, which may take a moment in a correct store; throws at the deadline. */
  readonly eventually: (what: string, happened: () => boolean | Promise<boolean>) => Promise<void>
}

/** A check of the suite on an open store; it throws if the store does not conform. */
export type Check = (store: OpenStore, trial: Trial) => unknown

/** Checks of one subject; each key is the fact that its check verifies. */
export type Checks = Readonly<Record<string, Check>>
