import type { EventType, Recorded } from '../../../operators/model/event.ts'
import type { EventBody, NumberBody } from './messages.ts'
import { decodeName } from './names.ts'
import type { DeliveredMessage } from './PullConsumer.ts'

/** How many bytes of bodies are decoded at once, at the least. */
const CHUNK = 1 << 16

/** How many subjects' names are remembered. */
const REMEMBERED = 10_000

const COMMA = Buffer.from(',')

/** What a message says. */
export type Body =
  | { readonly kind: 'event'; readonly event: EventBody }
  | { readonly kind: 'append'; readonly events: readonly EventBody[] }
  | { readonly kind: 'number'; readonly place: NumberBody }
  | { readonly kind: 'foreign'; readonly text: string }

/** Decodes bodies together: one text for many is less work than many texts. */
export function decodeBodies(messages: readonly DeliveredMessage[]): readonly Body[] {
  const bodies: Body[] = []
  let start = 0
  let size = 0
  for (let index = 0; index < messages.length; index++) {
    size += messages[index]!.data.length
    if (size < CHUNK && index < messages.length - 1) continue
    decodeChunk(messages.slice(start, index + 1), bodies)
    start = index + 1
    size = 0
  }
  return bodies
}

function decodeChunk(messages: readonly DeliveredMessage[], bodies: Body[]): void {
  const parts: Uint8Array[] = []
  for (const { data } of messages) parts.push(parts.length === 0 ? Buffer.from('[') : COMMA, data)
  let values: readonly unknown[] | undefined
  try {
    values = JSON.parse(`${Buffer.concat(parts).toString()}]`) as readonly unknown[]
  } catch {
    // One of them is no JSON text: each is looked at alone.
  }
  if (values?.length !== messages.length) values = undefined
  for (let index = 0; index < messages.length; index++) {
    bodies.push(values === undefined ? decodeBody(messages[index]!.data) : bodyOf(values[index], messages[index]!.data))
  }
}

/** Decodes one body. */
export function decodeBody(data: Uint8Array): Body {
  const text = Buffer.from(data).toString()
  try {
    return bodyOf(JSON.parse(text), data)
  } catch {
    return { kind: 'foreign', text }
  }
}

function bodyOf(value: unknown, data: Uint8Array): Body {
  if (isEventBody(value)) return { kind: 'event', event: value }
  if (Array.isArray(value) && value.length > 1 && value.every(isEventBody)) return { kind: 'append', events: value }
  const { first, index } = (value ?? {}) as Partial<NumberBody>
  if (Number.isSafeInteger(first) && Number.isSafeInteger(index))
    return { kind: 'number', place: { first: first!, index: index! } }
  return { kind: 'foreign', text: Buffer.from(data).toString() }
}

function isEventBody(value: unknown): value is EventBody {
  const { type, payload, revision } = (value ?? {}) as Partial<EventBody>
  return typeof type === 'string' && payload !== undefined && Number.isSafeInteger(revision)
}

/** Makes an event of a body. */
export function eventOf(id: number, subject: string, body: EventBody): Recorded<EventType> {
  const { stream = streamOf(subject), type, payload, revision, recordedAt, metadata } = body
  return metadata === undefined
    ? { id, stream, type, payload, revision, recordedAt }
    : { id, stream, type, payload, revision, recordedAt, metadata }
}

/** What something else wrote has its place and no type: who reads it reports it, and hands it to no handler. */
export function messageOf(id: number, subject: string, text: string): Recorded<EventType> {
  return { id, stream: streamOf(subject), type: undefined, payload: text } as unknown as Recorded<EventType>
}

const names = new Map<string, string>()

function streamOf(subject: string): string {
  let name = names.get(subject)
  if (name === undefined) {
    if (names.size >= REMEMBERED) names.clear()
    const token = subject.slice(subject.indexOf('.') + 1)
    name = decodeName(token) ?? token
    names.set(subject, name)
  }
  return name
}
