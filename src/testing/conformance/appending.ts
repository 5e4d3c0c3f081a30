import type { NewEvent } from '../../../operators/model/index.ts'
import { equal, holds } from './expect.ts'
import { idsOf, numbered, numbersOf, readAll } from './log.ts'
import type { Checks } from './StoreOpener.ts'

export const appending: Checks = {
  'an empty log has no events, and ends at 0': async ({ events }) => {
    equal('the page', await events.read({ after: 0, limit: 10 }), { events: [], through: 0, head: 0 })
  },

  'positions are 1, 2, 3, … over all streams, revisions 1, 2, 3, … in each': async (store) => {
    await store.events.append('a', numbered(1, 2))
    await store.events.append('b', numbered(3))
    await store.events.append('a', numbered(4))
    const events = await readAll(store)
    equal('the positions', idsOf(events), [1, 2, 3, 4])
    equal(
      'the revisions',
      events.map(({ stream, revision }) => [stream, revision]),
      [
        ['a', 1],
        ['a', 2],
        ['b', 1],
        ['a', 3],
      ],
    )
  },

  'an append answers with the position and the revision of its last event': async ({ events }) => {
    equal('the answer', await events.append('a', numbered(1, 2, 3)), { position: 3, revision: 3 })
    equal('the answer', await events.append('b', numbered(4, 5)), { position: 5, revision: 2 })
    equal('the answer', await events.append('a', numbered(6)), { position: 6, revision: 4 })
  },

  'events of one append keep their order': async (store) => {
    const numbers = Array.from({ length: 1_000 }, (_, index) => index)
    await store.events.append('a', numbered(...numbers))
    equal('the events', numbersOf(await readAll(store)), numbers)
  },

  'an event comes back as it went in': async (store) => {
    const event = {
      type: 'Deposited',
      payload: { amount: 5, note: { by: ['ann', 'bob'] } },
      recordedAt: '2026-05-04T10:20:30.123456Z',
      metadata: { user: 'ann', tags: ['a', { b: null }] },
    }
    await store.events.append('account-1', [event])
    equal('the event', (await readAll(store))[0], { id: 1, stream: 'account-1', revision: 1, ...event })
  },

  'an event that says no time gets the time of its append, and no metadata': async (store) => {
    await store.events.append('a', [{ type: 'Any', payload: 1, metadata: { user: 'ann' } }, ...numbered(1)])
    const { recordedAt, metadata } = (await readAll(store))[1]!
    holds(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(recordedAt ?? ''), `recordedAt must be a time in UTC, not ${recordedAt}`)
    equal('the metadata', metadata, undefined)
  },

  'every kind of JSON data can be a payload': async (store) => {
    const payloads = [null, true, false, 0, -1.5, 1e300, 5e-324, '', 'text', [], {}, [[], [null]], { a: { b: [1] } }]
    await store.events.append(
      'a',
      payloads.map((payload) => ({ type: 'Any', payload })),
    )
    equal(
      'the payloads',
      (await readAll(store)).map(({ payload }) => payload),
      payloads,
    )
  },

  'a property that is undefined is dropped, as JSON does': async (store) => {
    await store.events.append('a', [{ type: 'Any', payload: { kept: 1, dropped: undefined } }])
    const [event] = await readAll(store)
    equal('the properties', Object.keys(event!.payload as object), ['kept'])
  },

  'what happens to the input after the call of an append does not reach the log': async (store) => {
    const payload = { list: [1] }
    const metadata = { user: 'ann' }
    const events: NewEvent[] = [{ type: 'Any', payload, metadata }]
    const appended = store.events.append('a', events)
    payload.list.push(2)
    metadata.user = 'bob'
    events.push({ type: 'Any', payload: 'late' })
    await appended
    const stored = await readAll(store)
    equal('the payloads', stored[0]?.payload, { list: [1] })
    equal('the metadata', stored[0]?.metadata, { user: 'ann' })
    equal('the number of events', stored.length, 1)
  },

  'what a reader does to a page does not reach the log': async (store) => {
    await store.events.append('a', [{ type: 'Any', payload: { list: [1] }, metadata: { user: 'ann' } }])
    for (const streams of [undefined, ['a']]) {
      const before = await readAll(store, { streams })
      const page = await store.events.read({ after: 0, limit: 100, ...(streams && { streams }) })
      const event = page.events[0]!
      attempt(() => (event.payload as { list: number[] }).list.push(2))
      attempt(() => Object.assign(event.metadata!, { user: 'bob' }))
      attempt(() => Object.assign(event, { type: 'Changed', stream: 'b', revision: 9 }))
      attempt(() => (page.events as unknown[]).pop())
      equal('the events', await readAll(store, { streams }), before)
    }
  },

  'an append is hinted at, not before it can be read': async ({ events }, { eventually }) => {
    let seen = 0
    const hints = events.hints$.subscribe(async () => {
      seen = Math.max(seen, (await events.read({ after: 0, limit: 1 })).head)
    })
    const { position } = await events.append('a', numbered(1, 2))
    await eventually(`a hint whose reader finds event ${position}`, () => seen === position)
    hints.unsubscribe()
  },
}

/** Tries to change an object that may be frozen. */
function attempt(change: () => unknown): void {
  try {
    change()
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
  }
}
