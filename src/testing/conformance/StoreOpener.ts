import type { MaybePromise } from '../../../operators/model/index.ts'
import type { OpenStore } from '../../../operators/ports/index.ts'

/** Gives the conformance suite stores to try. */
export interface StoreOpener {
  /** Opens a new, empty store, apart from all that were opened before. Each check opens one and disposes of it. */
  readonly open: () => MaybePromise<OpenStore>
  /**
   * Opens once more what another store has opened: beside it, or after its disposal. Absent where a store ends with its
   * disposal: the checks about it are then left out.
   */
  readonly openAgain?: (store: OpenStore) => MaybePromise<OpenStore>
  /**
   * Damages the newest stored snapshot of a name and version so that it cannot be decoded. Absent where that cannot happen:
   * the checks about it are then left out.
   */
  readonly breakSnapshot?: (store: OpenStore, name: string, version: number) => MaybePromise<void>
}

/** What a check has beside its store. */
export interface Trial {
  readonly opener: StoreOpener
  /** Waits until something has happened that takes a moment in a store that works; throws at the deadline. */
  readonly eventually: (what: string, happened: () => boolean | Promise<boolean>) => Promise<void>
}

/** What a check of the suite does with an open store; it throws where the store does not conform. */
export type Check = (store: OpenStore, trial: Trial) => unknown

/** Checks of one subject, by the fact that each one checks. */
export type Checks = Readonly<Record<string, Check>>
