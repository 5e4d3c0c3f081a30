import { Subject } from 'rxjs'
import type { EventType, NewEvent, Recorded } from '../../../operators/model/event.ts'
import { frozenJson } from '../../../operators/model/json.ts'
import { RevisionConflictError } from '../../../operators/ports/errors/RevisionConflictError.ts'
import type { Appended, AppendOptions, EventLog, LogPage, ReadOptions } from '../../../operators/ports/events.ts'
import { checkRead } from '../support/checkArguments.ts'
import { checkAppend } from '../support/newEvents.ts'
import { mergePositions } from './mergePositions.ts'

type StoredEvent = Recorded<EventType>

/** The log of a memory store, and a function that completes its hints. */
export interface MemoryEvents {
  readonly events: EventLog
  readonly close: () => void
}

/** Creates a log in memory: an array with the event of position `id` at index `id - 1`. */
export function memoryEvents(now: () => string, checkOpen: () => void): MemoryEvents {
  const log: StoredEvent[] = []
  const positionsOf = new Map<string, number[]>()
  const hints = new Subject<unknown>()

  function store(stream: string, events: readonly NewEvent<EventType>[], options?: AppendOptions): Appended {
    checkOpen()
    checkAppend(stream, events, options)
    const positions = positionsOf.get(stream) ?? []
    const expected = options?.expectedRevision
    if (expected !== undefined && expected !== positions.length) {
      throw new RevisionConflictError({ stream, expected, actual: positions.length })
    }
    const time = now()
    const { length: head } = log
    const { length: revision } = positions
    const recorded = events.map((event, index) =>
      record(event, { id: head + index + 1, stream, revision: revision + index + 1 }, time),
    )
    for (const event of recorded) {
      log.push(event)
      positions.push(event.id)
    }
    positionsOf.set(stream, positions)
    return { position: log.length, revision: positions.length }
  }

  function filtered(streams: readonly string[], after: number, limit: number): readonly StoredEvent[] {
    const lists = [...new Set(streams)].map((stream) => positionsOf.get(stream)).filter((list) => list !== undefined)
    let previous = after
    return mergePositions(lists, after, limit).map((position) => {
      const event = { ...log[position - 1]!, previous }
      previous = position
      return event
    })
  }

  return {
    events: {
      append(stream, events, options) {
        let appended: Appended
        try {
          appended = store(stream, events, options)
        } catch (error) {
          return Promise.reject(error)
        }
        hints.next(appended.position)
        return Promise.resolve(appended)
      },
      read(options: ReadOptions): LogPage {
        checkOpen()
        checkRead(options)
        const { after, limit, streams } = options
        const events = streams === undefined ? log.slice(after, after + limit) : filtered(streams, after, limit)
        const head = log.length
        return { events, through: events.length < limit ? Math.max(after, head) : events.at(-1)!.id, head }
      },
      hints$: hints.asObservable(),
    },
    close: () => hints.complete(),
  }
}

type Place = Pick<StoredEvent, 'id' | 'stream' | 'revision'>

function record(event: NewEvent<EventType>, { id, stream, revision }: Place, time: string): StoredEvent {
  const { type, payload, recordedAt = time, metadata } = event
  return Object.freeze({
    id,
    stream,
    type,
    payload: frozenJson(payload),
    revision,
    recordedAt,
    ...(metadata && { metadata: frozenJson(metadata) }),
  })
}
