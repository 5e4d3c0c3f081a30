/** How much a variant has to do. The same variant runs in full, in a short run and in a test. */
export interface Scale {
  /** How many events are in the log. */
  readonly events: number
  /** How many single appends are timed for one figure. */
  readonly appends: number
  /** Whether a commit to SQLite waits for the disk (`full`, the default) or not. */
  readonly synchronous?: 'full' | 'normal'
  /** How many events a page has, where a variant can be told. */
  readonly pageSize?: number
  /** How many take part at the same time. */
  readonly workers?: number
  /** The server, for a row that needs one. */
  readonly url?: string
  /** Where files may be put; what is put there once is shared by the variants that run after. */
  readonly folder: string
}

/** One measured run. */
export interface Sample {
  /** The figure, in the unit of its row. */
  readonly value: number
  /** What was computed, as text: the variants of a row have to agree on it. */
  readonly result: string
}

/** A variant that was set up in this process and can be run again and again. */
export interface Job {
  run(): Sample | Promise<Sample>
  tearDown?(): void | Promise<void>
}

/** What a variant's module exports. */
export interface Variant {
  setUp(scale: Scale): Job | Promise<Job>
}

/** Runs a piece of synchronous work and gives its time in ms. */
export function timed(work: () => unknown): Sample {
  const begun = performance.now()
  const result = work()
  return { value: performance.now() - begun, result: JSON.stringify(result) }
}
