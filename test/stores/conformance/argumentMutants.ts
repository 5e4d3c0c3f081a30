import type { MaybePromise, Snapshot, Transaction } from 'rx-projection'
import { type Mutants, wrong, wrongLog, wrongPositions, wrongSnapshots } from './mutant.ts'

export const argumentMutants: Mutants = {
  'a wrong argument of the log is a TypeError or a RangeError that names it': wrongLog(({ read }) => ({
    read: ({ after, limit, streams }) => read({ after, limit, ...(streams && { streams }) }),
  })),
  'a wrong argument of snapshots is a TypeError or a RangeError that names it': wrongSnapshots(({ load }) => ({
    load: (name: string, version: number) => load(name, version) as MaybePromise<Snapshot<unknown> | undefined>,
  })),
  'a wrong argument of positions is a TypeError or a RangeError that names it': wrongPositions(({ save }) => ({
    save: (name: string, position: number) => save(name, position),
  })),
  'a wrong argument of leases, where there are any, is a TypeError or a RangeError that names it': wrong(
    ({ leases }) => ({
      leases: { ...leases!, release: ({ name, epoch, owner }) => leases!.release({ name, epoch, owner }) },
    }),
  ),
  'work of a transaction, where there are any, that is no function is a TypeError that names it': wrong(
    ({ positions }) => ({
      transactions: {
        run: <T>(work: (transaction: Transaction<unknown>) => MaybePromise<T>) =>
          work({ context: undefined, positions }),
      },
    }),
  ),
}
