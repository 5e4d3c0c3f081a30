import type { EventMark } from '../../../operators/model/index.ts'
import { LeaseLostError, type OpenStore, PositionConflictError } from '../../../operators/ports/index.ts'
import { equal, fails, holds } from './expect.ts'
import { hostileNames } from './hostile.ts'
import type { Check, Checks } from './StoreOpener.ts'

const MARKS: readonly EventMark[] = [
  { position: 1, stream: 'a' },
  { position: 2, stream: 'a', revision: 1 },
  { position: 3, stream: 'a', recordedAt: '2026-05-04T10:00:00.000Z' },
  { position: Number.MAX_SAFE_INTEGER, stream: 'b', revision: 7, recordedAt: '2020-01-01T00:00:00Z' },
  ...hostileNames.map((stream, index) => ({ position: index + 10, stream, revision: index + 1 })),
]

const [first, second] = [MARKS[3]!, MARKS[1]!]

/** A check of a store that saves marks with positions; other stores pass. */
function marked(check: (store: OpenStore, markOf: (name: string) => Promise<EventMark | undefined>) => unknown): Check {
  return (store) => {
    const { positions } = store
    if (positions.loadMark === undefined) return undefined
    return check(store, async (name) => positions.loadMark!(name))
  }
}

/** Checks that a mark has only the fields that it was saved with. */
function sameMark(what: string, actual: EventMark | undefined, expected: EventMark): void {
  equal(what, actual, expected)
  equal(`the fields of ${what}`, Object.keys(actual!).sort(), Object.keys(expected).sort())
}

export const marks: Checks = {
  'a position comes with the mark that it was saved with, apart for each name': marked(
    async ({ positions }, markOf) => {
      equal('the mark where no position is stored', await markOf('a'), undefined)
      for (const [index, mark] of MARKS.entries()) await positions.save(`p${index}`, 100, { mark })
      for (const [index, mark] of MARKS.entries()) sameMark(`the mark ${index}`, await markOf(`p${index}`), mark)
      await positions.save('p0', 101, { expected: 100, mark: first })
      sameMark('the mark of the next position', await markOf('p0'), first)
      equal('the position', await positions.load('p0'), 101)
    },
  ),

  'a position that is saved without a mark has none': marked(async ({ positions }, markOf) => {
    for (const position of [5, 3, 0]) {
      await positions.save('a', 3, { mark: first })
      await positions.save('a', position)
      equal(`the mark of position ${position}`, await markOf('a'), undefined)
    }
  }),

  'a mark is saved together with its position, or not at all': marked(async (store, markOf) => {
    const { positions, leases, transactions } = store
    await positions.save('a', 3, { mark: first })
    await fails('a save that expects another position', PositionConflictError, () =>
      positions.save('a', 4, { expected: 2, mark: second }),
    )
    if (leases !== undefined) {
      const lease = (await leases.acquire('l', { owner: 'me', ttl: 60_000 }))!
      await leases.release(lease)
      await leases.acquire('l', { owner: 'you', ttl: 60_000 })
      await fails('a save under a lost lease', LeaseLostError, () => positions.save('a', 4, { lease, mark: second }))
    }
    if (transactions !== undefined) {
      const fail = (): never => {
        throw new RangeError('planned')
      }
      await fails('work that throws', RangeError, () =>
        transactions.run((transaction) => {
          const saved = transaction.positions.save('a', 4, { mark: second })
          return saved === undefined ? fail() : saved.then(fail)
        }),
      )
    }
    sameMark('the mark', await markOf('a'), first)
    await transactions?.run((transaction) => transaction.positions.save('a', 4, { expected: 3, mark: second }))
    sameMark('the mark', await markOf('a'), transactions === undefined ? first : second)
  }),

  'each load of a mark gives a fresh object': marked(async ({ positions }, markOf) => {
    const mark = { ...first }
    const saved = positions.save('a', 3, { mark })
    Object.assign(mark, { stream: 'changed' })
    await saved
    Object.assign((await markOf('a'))!, { stream: 'changed' })
    sameMark('the mark', await markOf('a'), first)
  }),

  'a snapshot comes with the mark that it was saved with, as a fresh object': async ({ snapshots }) => {
    for (const [index, mark] of MARKS.entries()) {
      const own = { ...mark }
      const saved = snapshots.save(`p${index}`, 1, { offset: 100, state: index, mark: own })
      Object.assign(own, { stream: 'changed' })
      await saved
    }
    for (const [index, mark] of MARKS.entries()) {
      const loaded = (await snapshots.load(`p${index}`, 1))!
      sameMark(`the mark ${index}`, loaded.mark, mark)
      Object.assign(loaded.mark!, { stream: 'changed' })
      sameMark(`the mark ${index}, loaded again`, (await snapshots.load(`p${index}`, 1))?.mark, mark)
    }
  },

  'a snapshot that is saved without a mark has none': async ({ snapshots }) => {
    await snapshots.save('a', 1, { offset: 5, state: 1, mark: first })
    for (const offset of [5, 6]) {
      await snapshots.save('a', 1, { offset, state: 2 })
      const loaded = (await snapshots.load('a', 1))!
      holds(!('mark' in loaded), `a snapshot that was saved at ${offset} without a mark must have none`)
    }
  },
}

/** Checks of a store whose data outlives its closing. */
export const marksAgain: Checks = {
  'marks are there when a store is opened again': async (store, { opener }) => {
    await store.positions.save('a', 3, { mark: first })
    await store.snapshots.save('a', 1, { offset: 3, state: 1, mark: second })
    await store[Symbol.asyncDispose]()
    await using again = await opener.openAgain!(store)
    sameMark('the mark of the snapshot', (await again.snapshots.load('a', 1))?.mark, second)
    if (again.positions.loadMark === undefined) return
    sameMark('the mark of the position', await again.positions.loadMark('a'), first)
  },
}
