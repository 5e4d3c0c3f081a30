import { RevisionConflictError } from '../../../operators/ports/index.ts'
import { equal, fails } from './expect.ts'
import { numbered, numbersOf, readAll } from './log.ts'
import type { Checks } from './StoreOpener.ts'

export const revisions: Checks = {
  'an append at the expected revision is stored': async (store) => {
    await store.events.append('a', numbered(1, 2), { expectedRevision: 0 })
    await store.events.append('b', numbered(3), { expectedRevision: 0 })
    await store.events.append('a', numbered(4), { expectedRevision: 2 })
    equal('the events', numbersOf(await readAll(store)), [1, 2, 3, 4])
  },

  'an append at another revision is a RevisionConflictError, and nothing is stored': async (store) => {
    await store.events.append('a', numbered(1, 2))
    await store.events.append('b', numbered(3))
    for (const [stream, expected, actual] of [
      ['a', 0, 2],
      ['a', 1, 2],
      ['a', 3, 2],
      ['b', 2, 1],
      ['c', 1, 0],
    ] as const) {
      const error = await fails(`an append to ${stream} at ${expected}`, RevisionConflictError, () =>
        store.events.append(stream, numbered(9), { expectedRevision: expected }),
      )
      equal(
        'the error',
        { stream: error.stream, expected: error.expected, actual: error.actual },
        { stream, expected, actual },
      )
    }
    equal('the events', numbersOf(await readAll(store)), [1, 2, 3])
  },

  'a conflict burns no position and no revision': async ({ events }) => {
    await events.append('a', numbered(1))
    await fails('a stale append', RevisionConflictError, () => events.append('a', numbered(2), { expectedRevision: 0 }))
    equal('the next append', await events.append('a', numbered(3), { expectedRevision: 1 }), {
      position: 2,
      revision: 2,
    })
  },
}
