import { equal, fails, holds } from './expect.ts'
import type { Check, Checks } from './StoreOpener.ts'

const committing: Check = async ({ transactions, positions }) => {
  if (transactions === undefined) return
  const result = await transactions.run((transaction) => {
    const saved = transaction.positions.save('a', 3, { expected: 0 })
    holds('context' in transaction, 'a transaction must have a context')
    return saved === undefined ? 'result' : saved.then(() => 'result')
  })
  equal('what the work returned', result, 'result')
  equal('the position', await positions.load('a'), 3)
}

const rollingBack: Check = async ({ transactions, positions }) => {
  if (transactions === undefined) return
  class Planned extends Error {}
  await positions.save('a', 3)
  const fail = () => {
    throw new Planned('planned')
  }
  await fails('work that throws', Planned, () =>
    transactions.run((transaction) => {
      const saved = transaction.positions.save('a', 4)
      return saved === undefined ? fail() : saved.then(fail)
    }),
  )
  equal('the position', await positions.load('a'), 3)
}

/** Checks of a store that has transactions. Other work in a transaction depends on the store. */
export const transactions: Checks = {
  'a transaction commits when its work has ended, and gives its result': committing,
  'a transaction whose work throws leaves nothing behind': rollingBack,
}
