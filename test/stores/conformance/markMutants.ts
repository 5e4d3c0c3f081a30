import type { EventMark, MaybePromise, OpenStore, Snapshot } from 'rx-projection'
import { sqlite } from 'rx-projection/sqlite'
import { files } from '../support/files.ts'
import { type Mutants, wrongPositions, wrongSnapshots } from './mutant.ts'

type Options = { mark?: EventMark }

/** Positions that keep their marks beside them, as `keep` says. */
function keepingMarks(keep: (marks: Map<string, EventMark>, name: string, options: Options) => void) {
  return wrongPositions(({ save }) => {
    const marks = new Map<string, EventMark>()
    return {
      save(name: string, position: number, options: Options = {}) {
        keep(marks, name, options)
        save(name, position, options)
      },
      loadMark: (name: string) => marks.get(name),
    }
  })
}

export const markMutants: Mutants = {
  'a position comes with the mark that it was saved with, apart for each name': wrongPositions(({ loadMark }) => ({
    loadMark(name: string) {
      const { recordedAt, ...mark } = (loadMark!(name) as EventMark | undefined) ?? {}
      return 'position' in mark ? mark : undefined
    },
  })),
  'a position that is saved without a mark has none': keepingMarks((marks, name, { mark }) => {
    if (mark !== undefined) marks.set(name, { ...mark })
  }),
  'a mark is saved together with its position, or not at all': {
    open(): OpenStore {
      const store: OpenStore = sqlite(':memory:')
      const { positions } = store
      return {
        ...store,
        transactions: {
          run: <T>(work: (transaction: never) => MaybePromise<T>) =>
            store.transactions!.run(({ context, positions: own }) =>
              work({ context, positions: { ...own, save: positions.save } } as never),
            ),
        },
      }
    },
  },
  'each load of a mark gives a fresh object': keepingMarks((marks, name, { mark }) => {
    if (mark === undefined) marks.delete(name)
    else marks.set(name, mark)
  }),
  'a snapshot comes with the mark that it was saved with, as a fresh object': wrongSnapshots(({ load }) => ({
    load(name: string, version: number) {
      const { mark, ...snapshot } = load(name, version) as Snapshot<unknown>
      return snapshot
    },
  })),
  'a snapshot that is saved without a mark has none': wrongSnapshots(({ load, save }) => {
    let last: EventMark | undefined
    return {
      save(name: string, version: number, snapshot: Snapshot<unknown>) {
        last = snapshot.mark ?? last
        save(name, version, snapshot)
      },
      load: (name: string, version: number) => ({ ...(load(name, version) as Snapshot<unknown>), mark: last }),
    }
  }),
}

export const marksAgainMutants: Mutants = {
  'marks are there when a store is opened again': {
    ...files,
    async openAgain(store) {
      const again = await files.openAgain!(store)
      return { ...again, positions: { ...again.positions, loadMark: () => undefined } }
    },
  },
}
