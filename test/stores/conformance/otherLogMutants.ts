import { type LogPage, RevisionConflictError } from 'rx-projection'
import { NEVER } from 'rxjs'
import { files, newFileStore } from '../support/files.ts'
import { type Mutants, wrongEvents, wrongLog } from './mutant.ts'

/** A copy by assignment, which takes `__proto__` for the prototype. */
function assigned(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const copy: Record<string, unknown> = {}
  for (const [key, property] of Object.entries(value)) copy[key] = assigned(property)
  return copy
}

export const hostileMutants: Mutants = {
  'streams and types may have any name': wrongEvents(({ stream }) => ({ stream: stream.slice(0, 255) })),
  'a payload may have keys and texts of any kind': wrongEvents(({ payload }) => ({
    payload: JSON.parse(JSON.stringify(payload).replaceAll('\\u0000', '')),
  })),
  'a key __proto__ is a key like any other': wrongEvents(({ payload, metadata }) => ({
    payload: assigned(payload),
    metadata: assigned(metadata),
  })),
}

export const followingMutants: Mutants = {
  'an append is seen within catchUpAfter, even when its hint is lost': wrongLog((log) => {
    let head: number | undefined
    return {
      read(options) {
        const page = log.read(options) as LogPage
        head ??= page.head
        return { ...page, events: page.events.filter(({ id }) => id <= head!), through: head, head }
      },
    }
  }),
  'a follower that is hinted sees every append at once': wrongLog(() => ({ hints$: NEVER })),
}

export const concurrencyMutants: Mutants = {
  'concurrent appends are all stored, one behind the other': wrongLog((log) => ({
    async append(stream, events, options) {
      const { revision } = await log.append(stream, events, options)
      await Promise.resolve()
      const { head } = await log.read({ after: 0, limit: 1 })
      return { position: head, revision }
    },
  })),
  'of concurrent appends that expect the same revision, exactly one is stored': wrongLog((log) => ({
    async append(stream, events, { expectedRevision: expected } = {}) {
      const actual = ((await log.read({ after: 0, limit: 1_000, streams: [stream] })) as LogPage).events.length
      if (expected !== actual) throw new RevisionConflictError({ stream, expected: expected!, actual })
      return log.append(stream, events)
    },
  })),
  'a reader beside concurrent appends misses none of them': wrongLog((log) => {
    const visible = new Set<number>()
    return {
      // What has just been written is not there yet, though the page leads over it.
      read(options) {
        const page = log.read(options) as LogPage
        const events = page.events.filter(({ id }) => visible.has(id))
        for (const { id } of page.events) visible.add(id)
        return { ...page, events }
      },
    }
  }),
}

const apart = { ...files, openAgain: () => newFileStore() }

export const concurrencyBesideMutants: Mutants = {
  'concurrent appends of two openings are all stored, one behind the other': apart,
  'of concurrent appends of two openings that expect the same revision, exactly one is stored': apart,
  'a reader of one opening misses no append of the other': apart,
}
