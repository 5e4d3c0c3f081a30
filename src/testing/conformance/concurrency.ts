import { type OpenStore, RevisionConflictError } from '../../../operators/ports/index.ts'
import { equal, holds } from './expect.ts'
import { idsOf, numbered, numbersOf, readAll } from './log.ts'
import type { Checks } from './StoreOpener.ts'

const APPENDS = 40

export const concurrency: Checks = {
  'concurrent appends are all stored, one behind the other': (store) => checkConcurrentAppends([store]),

  'of concurrent appends that expect the same revision, exactly one is stored': (store) => checkRace([store]),

  'a reader beside concurrent appends misses none of them': (store) => checkReaderBeside(store, [store]),
}

/** The same checks through two openings of one log, as in two processes. */
export const concurrencyBeside: Checks = {
  'concurrent appends of two openings are all stored, one behind the other': async (store, { opener }) => {
    await using other = await opener.openAgain!(store)
    await checkConcurrentAppends([store, other])
  },

  'of concurrent appends of two openings that expect the same revision, exactly one is stored': async (
    store,
    { opener },
  ) => {
    await using other = await opener.openAgain!(store)
    await checkRace([store, other])
  },

  'a reader of one opening misses no append of the other': async (store, { opener }) => {
    await using other = await opener.openAgain!(store)
    await checkReaderBeside(store, [store, other])
  },
}

async function checkConcurrentAppends(stores: readonly OpenStore[]): Promise<void> {
  const [store] = stores
  const appended = await Promise.all(
    Array.from({ length: APPENDS }, (_, index) =>
      stores[index % stores.length]!.events.append(`stream-${index % 3}`, numbered(index, index + 0.5)),
    ),
  )
  const events = await readAll(store!)
  equal(
    'the positions',
    idsOf(events),
    Array.from({ length: 2 * APPENDS }, (_, index) => index + 1),
  )
  for (const [index, { position, revision }] of appended.entries()) {
    const last = events[position - 1]
    equal(`the last event of append ${index}`, [last?.revision, numbersOf([last!])[0]], [revision, index + 0.5])
  }
  for (const stream of ['stream-0', 'stream-1', 'stream-2']) {
    const own = events.filter((event) => event.stream === stream)
    equal(
      `the revisions of ${stream}`,
      own.map(({ revision }) => revision),
      own.map((_, index) => index + 1),
    )
    const whole = numbersOf(own).filter((number) => Number.isInteger(number))
    const halves = numbersOf(own).filter((number) => !Number.isInteger(number))
    equal(
      `the first events of the appends to ${stream} and the second ones`,
      halves,
      whole.map((number) => number + 0.5),
    )
  }
}

async function checkRace(stores: readonly OpenStore[]): Promise<void> {
  const [store] = stores
  for (let revision = 0; revision < 5; revision++) {
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, (_, index) =>
        stores[index % stores.length]!.events.append('a', numbered(index), { expectedRevision: revision }),
      ),
    )
    const refused = results.filter((result) => result.status === 'rejected')
    equal(`how many of 8 appends at revision ${revision} are stored`, results.length - refused.length, 1)
    for (const { reason } of refused) {
      holds(
        reason instanceof RevisionConflictError,
        `the loser of a race must get a RevisionConflictError, not ${reason}`,
      )
    }
  }
  equal('the positions', idsOf(await readAll(store!)), [1, 2, 3, 4, 5])
}

async function checkReaderBeside(reader: OpenStore, writers: readonly OpenStore[]): Promise<void> {
  const all = { ids: [] as number[], through: 0 }
  const some = { ids: [] as number[], through: 0 }
  let done = false
  const readOn = async (place: typeof all, streams?: readonly string[]): Promise<boolean> => {
    const page = await reader.events.read({ after: place.through, limit: 3, ...(streams && { streams }) })
    place.ids.push(...idsOf(page.events))
    const moved = page.through > place.through
    place.through = page.through
    return moved || page.through < page.head
  }
  const writing = Promise.all(
    Array.from({ length: APPENDS }, (_, index) =>
      writers[index % writers.length]!.events.append(index % 4 ? 'others' : 'some', numbered(index, index)),
    ),
  ).finally(() => {
    done = true
  })
  for (let last = false; ; last = done) {
    const moved = [await readOn(all), await readOn(some, ['some'])].includes(true)
    if (last && !moved) break
    if (done) await writing
  }
  const stored = await readAll(reader)
  equal('how many events there are', stored.length, 2 * APPENDS)
  equal('the positions that the reader saw', all.ids, idsOf(stored))
  equal(
    'the positions of a stream that the reader saw',
    some.ids,
    idsOf(stored.filter(({ stream }) => stream === 'some')),
  )
}
