import type { OpenStore } from '../../../operators/ports/index.ts'
import { equal, holds } from './expect.ts'
import { idsOf, numbered, readAll } from './log.ts'
import type { Checks } from './StoreOpener.ts'

/** The streams of positions 1, 2, 3, … of a log. */
const ORDER = ['a', 'b', 'a', 'c', 'c', 'b', 'a', 'a', 'd', 'c', 'b', 'd', 'd', 'd'] as const

const FILTERS = [['a'], ['b', 'c'], ['c', 'b'], ['a', 'b', 'c', 'd'], ['a', 'missing'], ['b', 'b']]

export const filtering: Checks = {
  'a read of some streams gives every event of these, in order': async (store) => {
    await fill(store)
    for (const streams of FILTERS) {
      for (const limit of [1, 2, 3, 100]) {
        equal(`the positions of ${streams}`, idsOf(await readAll(store, { streams, limit })), positionsOf(streams))
      }
    }
  },

  'an event of a filtered read tells the matching event before it; the first, where the read began': async (store) => {
    await fill(store)
    for (const streams of FILTERS) {
      for (const after of [0, 1, 4]) {
        const { events } = await store.events.read({ after, limit: 100, streams })
        let before = after
        for (const { id, previous } of events) {
          equal(`the previous of event ${id} in a read of ${streams} after ${after}`, previous, before)
          before = id
        }
      }
    }
  },

  'filtered pages follow each other, also where one has led over events of other streams': async (store) => {
    const ids: number[] = []
    let through = 0
    let given = 0
    for (const stream of ORDER) {
      await store.events.append(stream, numbered(1))
      const page = await store.events.read({ after: through, limit: 2, streams: ['a', 'c'] })
      for (const { id, previous } of page.events) {
        // Without a `previous`, the event follows the position before it. The `previous` of a page's first event may be the
        // requested position, or a lower one.
        const follows = previous === undefined ? id - 1 : previous <= through ? Math.min(previous, given) : previous
        holds(follows <= given, `event ${id} follows ${follows}, but ${given} is the last event that was given out`)
        ids.push(id)
        given = id
      }
      through = page.through
    }
    equal('the positions', ids, positionsOf(['a', 'c']))
  },

  'a filtered page leads over the events of other streams': async ({ events }) => {
    await fill({ events })
    const end = ORDER.length
    equal('the page', await events.read({ after: 8, limit: 10, streams: ['a'] }), {
      events: [],
      through: end,
      head: end,
    })
    const page = await events.read({ after: 0, limit: 10, streams: ['b'] })
    equal('the through', [page.through, page.head], [end, end])
  },

  'a full filtered page leads no further than to the next matching event': async ({ events }) => {
    await fill({ events })
    for (const streams of FILTERS) {
      const matching = positionsOf(streams)
      const page = await events.read({ after: 0, limit: 2, streams })
      holds(
        page.through < matching[2]!,
        `a page of 2 of ${streams} leads to ${page.through}, over event ${matching[2]}`,
      )
    }
  },

  'a stream that does not exist has no events': async ({ events }) => {
    await events.append('a', numbered(1))
    equal('the page', await events.read({ after: 0, limit: 10, streams: ['b'] }), { events: [], through: 1, head: 1 })
  },

  'a name matches itself alone': async (store) => {
    const names = ['a', 'A', 'aa', 'a ', ' a', 'a%', 'a_', '%', '*', 'á', 'a\u0301', 'a-1', 'a-10']
    for (const name of names) await store.events.append(name, numbered(1))
    for (const [index, name] of names.entries()) {
      equal(`the positions of ${JSON.stringify(name)}`, idsOf(await readAll(store, { streams: [name] })), [index + 1])
    }
  },

  'a read takes very many streams': async (store) => {
    const streams = Array.from({ length: 1_200 }, (_, index) => `stream-${index}`)
    // From the last stream to the first, with every second event in a stream that is not requested.
    for (const stream of streams.filter((_, index) => index % 40 === 7).reverse()) {
      await store.events.append(stream, numbered(1))
      await store.events.append('another', numbered(1))
    }
    const expected = Array.from({ length: 30 }, (_, index) => 2 * index + 1)
    equal('the positions', idsOf(await readAll(store, { streams, limit: 7 })), expected)
    const { events } = await store.events.read({ after: 0, limit: 20, streams })
    equal(
      'the previous ones',
      events.map(({ previous }) => previous),
      [0, ...idsOf(events).slice(0, -1)],
    )
  },
}

async function fill({ events }: Pick<OpenStore, 'events'>): Promise<void> {
  for (const stream of ORDER) await events.append(stream, numbered(1))
}

function positionsOf(streams: readonly string[]): readonly number[] {
  return ORDER.flatMap((stream, index) => (streams.includes(stream) ? [index + 1] : []))
}
