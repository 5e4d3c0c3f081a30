import type { SavePositionOptions } from './positions.ts'

const lastActs = new WeakSet<SavePositionOptions>()

/**
 * Says of the options of a save that it is the last thing which the work of a transaction does. A store need not begin a
 * transaction for it where the work has written nothing else.
 */
export function lastAct(options: SavePositionOptions): SavePositionOptions {
  lastActs.add(options)
  return options
}

/** Whether a save with these options is known to be the last thing that the work of a transaction does. */
export function isLastAct(options: SavePositionOptions | undefined): boolean {
  return options !== undefined && lastActs.has(options)
}
