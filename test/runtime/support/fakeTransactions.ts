import type { PositionStore, Transactions } from 'rx-projection'
import { isPromiseLike } from '../../../operators/model/maybePromise.ts'

/** What a handler may use in a fake transaction. */
export interface Ledger {
  write(entry: unknown): void
}

/** Transactions in memory: entries and positions that are kept together, or not at all. They may be asynchronous. */
export function fakeTransactions(positions: PositionStore) {
  const entries: unknown[] = []
  const commits: number[] = []
  const control = { failNextCommit: undefined as unknown }
  const transactions: Transactions<Ledger> = {
    run(work) {
      const written: unknown[] = []
      const moves: Parameters<PositionStore['save']>[] = []
      const commit = <T>(result: T): T => {
        const { failNextCommit } = control
        if (failNextCommit !== undefined) {
          control.failNextCommit = undefined
          throw failNextCommit
        }
        for (const move of moves) positions.save(...move)
        entries.push(...written)
        commits.push(written.length)
        return result
      }
      const result = work({
        context: { write: (entry) => written.push(entry) },
        positions: {
          load: positions.load,
          save: (...move) => {
            moves.push(move)
          },
        },
      })
      return isPromiseLike(result) ? result.then(commit) : commit(result)
    },
  }
  /** `commits`: how many entries each commit had. */
  return { transactions, entries, commits, control }
}
