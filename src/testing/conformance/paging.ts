import { equal, fails, holds } from './expect.ts'
import { idsOf, numbered, readAll } from './log.ts'
import type { Checks } from './StoreOpener.ts'

const COUNT = 23

export const paging: Checks = {
  'pages of any size give every event once, in order': async (store) => {
    await store.events.append('a', numbered(...Array(COUNT).keys()))
    const all = Array.from({ length: COUNT }, (_, index) => index + 1)
    for (const limit of [1, 2, 3, 7, COUNT - 1, COUNT, COUNT + 1, 1_000]) {
      equal(`the positions in pages of ${limit}`, idsOf(await readAll(store, { limit })), all)
    }
  },

  'a page begins behind the position that it is asked for': async (store) => {
    await store.events.append('a', numbered(1, 2, 3, 4, 5))
    equal('the positions after 3', idsOf(await readAll(store, { after: 3 })), [4, 5])
    equal('the page after the last', await store.events.read({ after: 5, limit: 10 }), {
      events: [],
      through: 5,
      head: 5,
    })
  },

  'a page says where the log ends, and how far it has looked': async ({ events }) => {
    await events.append('a', numbered(1, 2, 3, 4, 5))
    const full = await events.read({ after: 0, limit: 2 })
    equal('the head', full.head, 5)
    holds(full.through >= 2 && full.through < 3, `the through of a page that ends at 2 must be 2, not ${full.through}`)
    equal('the through of a page to the end', (await events.read({ after: 2, limit: 10 })).through, 5)
  },

  'an event of an unfiltered read tells no gap where none is': async (store) => {
    await store.events.append('a', numbered(1, 2, 3))
    for (const { id, previous = id - 1 } of await readAll(store, { limit: 2 })) {
      equal(`the previous of event ${id}`, previous, id - 1)
    }
  },

  'a read from beyond the end shows where the log ends': async ({ events }) => {
    await events.append('a', numbered(1, 2))
    const page = await events.read({ after: 9, limit: 10 })
    equal('the page', { events: page.events, head: page.head }, { events: [], head: 2 })
  },

  'the arguments of a read are checked': async ({ events }) => {
    for (const after of [-1, 1.5, Number.NaN, undefined]) {
      await fails(`a read after ${after}`, RangeError, () => events.read({ after: after as number, limit: 1 }))
    }
    for (const limit of [0, -1, 1.5, Number.POSITIVE_INFINITY, undefined]) {
      await fails(`a read of ${limit} events`, RangeError, () => events.read({ after: 0, limit: limit as number }))
    }
    for (const options of [undefined, null, 7]) {
      await fails(`a read with ${options}`, TypeError, () => events.read(options as never))
    }
    for (const streams of [[], [''], [7], 'a']) {
      await fails(`a read of the streams ${JSON.stringify(streams)}`, TypeError, () =>
        events.read({ after: 0, limit: 1, streams: streams as string[] }),
      )
    }
  },
}
