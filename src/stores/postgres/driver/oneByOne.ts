import type { Queryable, Row } from './Driver.ts'

/** Sends a statement when the one before has been answered: clients of `pg` will keep no queue of their own any more. */
export function oneByOne({ query }: Queryable): Queryable {
  let last: Promise<unknown> = Promise.resolve()
  return {
    query(text, values): Promise<readonly Row[]> {
      const answer = last.then(() => query(text, values))
      last = answer.catch(() => undefined)
      return answer
    },
  }
}
