import { InvalidEventError, type LogPage, type NewEvent, RevisionConflictError } from 'rx-projection'
import { NEVER } from 'rxjs'
import { type Mutants, wrong, wrongEvents, wrongLog, wrongPages } from './mutant.ts'

const filler: NewEvent[] = [{ type: 'Filler', payload: 0 }]

function viaJson(payload: unknown, replacer?: (key: string, value: unknown) => unknown): never {
  return JSON.parse(JSON.stringify(payload, replacer) ?? 'null') as never
}

export const appendMutants: Mutants = {
  'an empty log has no events, and ends at 0': wrongPages(({ head }) => ({ through: head || 1, head: head || 1 })),
  'positions are 1, 2, 3, … over all streams, revisions 1, 2, 3, … in each': wrongEvents(({ id }) => ({
    revision: id,
  })),
  'an append answers with the position and the revision of its last event': wrongLog((log) => ({
    async append(stream, events, options) {
      const { position, revision } = await log.append(stream, events, options)
      return { position: position - events.length + 1, revision }
    },
  })),
  'events of one append keep their order': wrongLog((log) => ({
    append: (stream, events, options) => log.append(stream, events.toReversed(), options),
  })),
  'an event comes back as it went in': wrongEvents(({ recordedAt }) => ({
    recordedAt: new Date(recordedAt!).toISOString(),
  })),
  'an event that says no time gets the time of its append, and no metadata': wrongEvents(() => ({ metadata: {} })),
  'every kind of JSON data can be a payload': wrongEvents(({ payload }) => ({ payload: payload || {} })),
  'a property that is undefined is dropped, as JSON does': wrongLog((log) => ({
    append: (stream, events) =>
      log.append(
        stream,
        events.map(({ type, payload }) => ({ type, payload: viaJson(payload, (_, value) => value ?? null) })),
      ),
  })),
  'what happens to the input after the call of an append does not reach the log': wrongLog((log) => ({
    async append(stream, events, options) {
      await Promise.resolve()
      return log.append(stream, events, options)
    },
  })),
  'what a reader does to a page does not reach the log': wrongLog((log) => {
    const handedOut = new Map<string, LogPage>()
    return {
      read(options) {
        const page = log.read(options) as LogPage
        const key = JSON.stringify(options)
        if (!handedOut.has(key)) handedOut.set(key, structuredClone(page))
        return handedOut.get(key)!
      },
    }
  }),
  'an append is hinted at, not before it can be read': wrong(({ events }) => ({
    events: { ...events, hints$: NEVER },
  })),
}

export const refusalMutants: Mutants = {
  'what cannot be an event is refused with an InvalidEventError that names the field': wrongLog((log) => ({
    append: async (stream, events, options) =>
      events?.length === 0 ? { position: 0, revision: 0 } : log.append(stream, events, options),
  })),
  'a payload that JSON would change is refused, with an UnserializableError as the cause': wrongLog((log) => ({
    append: (stream, events, options) =>
      log.append(
        stream,
        events.map(({ type, payload }) => ({ type, payload: viaJson(payload) })),
        options,
      ),
  })),
  'data that is nested too deeply is refused like any other': wrongLog((log) => ({
    async append(stream, events, options) {
      JSON.stringify(events)
      return log.append(stream, events, options)
    },
  })),
  'an append answers with a promise, also when it refuses': wrongLog((log) => ({
    append(stream, events, options) {
      if (stream === '') throw new InvalidEventError('stream', stream, 'a name')
      return log.append(stream, events, options)
    },
  })),
  'of a refused append nothing is stored, and no position or revision is used': wrongLog((log) => ({
    async append(stream, events, options) {
      try {
        return await log.append(stream, events, options)
      } catch (error) {
        await log.append('burnt', filler)
        throw error
      }
    },
  })),
  'an expectedRevision that is no revision is a RangeError': wrongLog((log) => ({
    append: (stream, events) => log.append(stream, events),
  })),
}

export const revisionMutants: Mutants = {
  'an append at the expected revision is stored': wrongLog((log) => ({
    async append(stream, events, { expectedRevision: expected = 0 } = {}) {
      const { head: actual } = await log.read({ after: 0, limit: 1 })
      if (expected !== actual) throw new RevisionConflictError({ stream, expected, actual })
      return log.append(stream, events)
    },
  })),
  'an append at another revision is a RevisionConflictError, and nothing is stored': wrongLog((log) => ({
    append: (stream, events) => log.append(stream, events),
  })),
  'a conflict burns no position and no revision': wrongLog((log) => ({
    async append(stream, events, options) {
      try {
        return await log.append(stream, events, options)
      } catch (error) {
        await log.append('burnt', filler)
        throw error
      }
    },
  })),
}

export const pageMutants: Mutants = {
  'pages of any size give every event once, in order': wrongPages(({ events }, { limit }) => ({
    events: events.length === limit && limit > 1 ? events.slice(0, -1) : events,
  })),
  'a page begins behind the position that it is asked for': wrongLog((log) => ({
    read: (options) => log.read({ ...options, after: Math.max(0, options.after - 1) }),
  })),
  'a page says where the log ends, and how far it has looked': wrongPages(({ through }) => ({ head: through })),
  'an event of an unfiltered read tells no gap where none is': wrongEvents(({ id }) => ({
    previous: Math.max(0, id - 2),
  })),
  'a read from beyond the end shows where the log ends': wrongPages(({ head }, { after }) => ({
    head: Math.max(head, after),
  })),
  'the arguments of a read are checked': wrongLog((log) => ({
    read: ({ after, limit }) => log.read({ after: Math.max(0, Math.trunc(after) || 0), limit: Math.trunc(limit) || 1 }),
  })),
}

export const filterMutants: Mutants = {
  'a read of some streams gives every event of these, in order': wrongLog((log) => ({
    read: ({ streams, ...options }) => log.read({ ...options, ...(streams && { streams: streams.slice(0, 1) }) }),
  })),
  'an event of a filtered read tells the matching event before it; the first, where the read began': wrongEvents(
    () => ({ previous: undefined }),
  ),
  // It looks whether its numbers have a hole, and forgets that its reader has not seen what it led over.
  'filtered pages follow each other, also where one has led over events of other streams': wrongPages(
    ({ events }, { after, streams }) => ({
      events: events.map((event, index) =>
        streams && index === 0 && event.id === after + 1 ? { ...event, previous: undefined } : event,
      ),
    }),
  ),
  'a filtered page leads over the events of other streams': wrongPages(({ events }, { after }) => ({
    through: events.at(-1)?.id ?? after,
  })),
  'a full filtered page leads no further than to the next matching event': wrongPages(({ head }) => ({
    through: head,
  })),
  'a stream that does not exist has no events': wrongLog((log) => ({
    read({ streams, ...options }) {
      const page = log.read({ ...options, ...(streams && { streams }) }) as LogPage
      return page.events.length > 0 ? page : log.read(options)
    },
  })),
  'a name matches itself alone': wrongLog((log) => ({
    read({ streams, ...options }) {
      const page = log.read(options) as LogPage
      if (streams === undefined) return page
      const events = page.events.filter(({ stream }) => streams.some((name) => stream.startsWith(name)))
      return { ...page, events }
    },
  })),
  'a read takes very many streams': wrongLog((log) => ({
    read(options) {
      if ((options.streams?.length ?? 0) > 500) throw new Error('too many terms in compound SELECT')
      return log.read(options)
    },
  })),
}
