import type { EventType, NewEvent } from '../../../operators/model/event.ts'
import { checkJson } from '../../../operators/model/json.ts'
import { hint } from '../../../operators/model/keys.ts'
import { isName, NAME } from '../../../operators/model/names.ts'
import { InvalidEventError } from '../../../operators/ports/errors/InvalidEventError.ts'
import type { AppendOptions } from '../../../operators/ports/events.ts'
import { checkOptions, checkPositionArgument } from './checkArguments.ts'

const APPEND = ['expectedRevision']

/**
 * Checks the arguments of an append before anything is stored. Rejects unknown fields: the log assigns position, stream and
 * revision, and a misspelled field would be lost.
 *
 * @throws {InvalidEventError} names the invalid field: a stream that is not a name, no events (an empty list has no position to
 * return), a missing type or payload, a payload that is not JSON data, …
 * @throws {TypeError | RangeError} the options are wrong.
 */
export function checkAppend(
  stream: string,
  events: readonly NewEvent<EventType>[],
  options: AppendOptions | undefined,
  appendOptions: readonly string[] = APPEND,
): void {
  if (!isName(stream)) throw new InvalidEventError('stream', stream, NAME)
  if (!Array.isArray(events) || events.length === 0) {
    throw new InvalidEventError('events', events, 'an array of at least one event')
  }
  for (let index = 0; index < events.length; index++) checkNewEvent(events[index], `events[${index}]`)
  checkOptions(options, appendOptions)
  if (options?.expectedRevision !== undefined) checkPositionArgument('expectedRevision', options.expectedRevision)
}

const FIELDS = ['type', 'payload', 'recordedAt', 'metadata']

function checkNewEvent(event: unknown, field: string): void {
  if (typeof event !== 'object' || event === null) throw new InvalidEventError(field, event, 'an event')
  for (const key in event) {
    if (FIELDS.includes(key)) continue
    const message = `unknown field: ${field}.${key}${hint(key, FIELDS, field)}`
    throw new InvalidEventError(`${field}.${key}`, (event as Record<string, unknown>)[key], '', { message })
  }
  const { type, payload, recordedAt, metadata } = event as Partial<NewEvent<EventType>>
  if (!isName(type)) throw new InvalidEventError(`${field}.type`, type, NAME)
  checkData(`${field}.payload`, payload)
  if (recordedAt !== undefined && !isTime(recordedAt)) {
    throw new InvalidEventError(`${field}.recordedAt`, recordedAt, 'an ISO 8601 time in UTC')
  }
  if (metadata === undefined) return
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) {
    throw new InvalidEventError(`${field}.metadata`, metadata, 'an object of JSON data')
  }
  checkData(`${field}.metadata`, metadata)
}

function checkData(field: string, value: unknown): void {
  try {
    checkJson(value)
  } catch (cause) {
    const why = cause instanceof Error ? ` (${cause.message})` : ''
    throw new InvalidEventError(field, value, `JSON data${why}`, { cause })
  }
}

const TIME = /^(?:\d{4}|[+-]\d{6})-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/

/** Returns whether a value is an ISO 8601 time in UTC, such as `2026-05-04T10:00:00.000Z`. */
export function isTime(value: unknown): value is string {
  if (typeof value !== 'string' || !TIME.test(value)) return false
  const ms = Date.parse(value)
  // `Date.parse` may accept 30 February as 2 March.
  return !Number.isNaN(ms) && value.startsWith(new Date(ms).toISOString().split('T', 1)[0]!)
}
