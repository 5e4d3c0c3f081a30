import type { SavePositionOptions } from './positions.ts'

const lastActs = new WeakSet<SavePositionOptions>()

/**
 * Marks the options of a save: this save is the last action in the work of a transaction. A store need not begin a transaction
 * for it if the work has written nothing else.
 */
export function lastAct(options: SavePositionOptions): SavePositionOptions {
  lastActs.add(options)
  return options
}

/** Whether these options mark a save as the last action in the work of a transaction. */
export function isLastAct(options: SavePositionOptions | undefined): boolean {
  return options !== undefined && lastActs.has(options)
}
