import { memory, type OpenStore } from 'rx-projection'
import { sqlite } from 'rx-projection/sqlite'

/** The stores that the laws are held over, with the share of the cases that each gets: opening a database takes its time. */
export const stores: readonly (readonly [name: string, open: () => OpenStore, share: number])[] = [
  ['memory', () => memory({ now: () => '2026-01-01T00:00:00Z' }), 1],
  ['SQLite', () => sqlite(':memory:', { synchronous: 'normal' }), 0.25],
]
