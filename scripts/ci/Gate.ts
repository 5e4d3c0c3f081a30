/** How many tests a gate ran. */
export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** What gates share: a folder that is removed at the end, and the package as it would be published. */
export interface Workplace {
  /** A temporary folder of this run. */
  readonly folder: string
  /** Packs the package, at the first call. Where the tarball is. */
  tarball(): Promise<string>
  /** An empty project with the tarball installed, made at the first call. Where it is. */
  consumer(): Promise<string>
}

/** One thing that has to be so. */
export interface Gate {
  readonly name: string
  /**
   * Looks whether it is so. Rejects where it is not, or, with a {@link Skipped}, where that cannot be told here.
   *
   * @returns how many tests it ran, where it is more than one; or a line worth reading.
   */
  run(workplace: Workplace): Promise<Counts | string | undefined>
}

/** A gate could not be tried on this machine. */
export class Skipped extends Error {
  override readonly name = 'Skipped'
}

/** A gate was tried, and what it holds is not so. */
export class NotSo extends Error {
  override readonly name = 'NotSo'
}
