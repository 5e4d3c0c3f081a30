import type { ReadOptions } from '../../operators/ports/index.ts'

const fresh = new WeakSet<ReadOptions>()

/** Says of the options of a read that its `head` has to be as new as the read: an answer to an earlier one will not do. */
export function freshRead(options: ReadOptions): ReadOptions {
  fresh.add(options)
  return options
}

/** Whether a read with these options has to ask the log. */
export function isFreshRead(options: ReadOptions): boolean {
  return fresh.has(options)
}
