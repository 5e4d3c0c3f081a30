import type { MsgHdrs } from '@nats-io/transport-node'
import type { EventType, NewEvent } from '../../../operators/model/event.ts'

/**
 * How events lie in JetStream: one message for each event, so that an event's position is its message's sequence.
 *
 * - One event: its JSON text.
 * - Several of one append: the first message holds them all, as an array. That message is the append, all or none. The
 *   messages behind it hold nothing but their place in it: they give the other events their sequences.
 *
 * What a reader needs lies in the body, what a writer needs in headers: the revision of the message's event, and for an
 * append of several the sequence of its first message, the place in it, and how many there are.
 */
export const REVISION = 'Rx-Revision'
export const FIRST = 'Rx-First'
export const INDEX = 'Rx-Index'
export const SIZE = 'Rx-Size'
export const MESSAGE_ID = 'Nats-Msg-Id'

/** The body of an event; of an event whose subject does not tell its stream's name, with that name. */
export interface EventBody extends EventType {
  readonly revision: number
  readonly recordedAt: string
  readonly metadata?: Readonly<Record<string, unknown>>
  readonly stream?: string
}

/** The body of a message that numbers another event of an append. */
export interface NumberBody {
  /** The sequence of the append's first message. */
  readonly first: number
  readonly index: number
}

/** Captures new events: what happens to them later does not reach the log. Only their revisions are missing. */
export function captureEvents(
  events: readonly NewEvent<EventType>[],
  time: string,
  stream: string | undefined,
): readonly string[] {
  const name = stream === undefined ? '' : `,"stream":${JSON.stringify(stream)}`
  return events.map(({ type, payload, recordedAt = time, metadata }) => {
    const details = metadata === undefined ? '' : `,"metadata":${JSON.stringify(metadata)}`
    const text = `"type":${JSON.stringify(type)},"payload":${JSON.stringify(payload)}`
    return `${text},"recordedAt":${JSON.stringify(recordedAt)}${details}${name}}`
  })
}

/** The body of an append, of which the first event gets a revision. */
export function appendBody(captured: readonly string[], revision: number): string {
  const texts = captured.map((text, index) => `{"revision":${revision + index},${text}`)
  return texts.length === 1 ? texts[0]! : `[${texts.join(',')}]`
}

/** The body of the message that numbers an event of an append. */
export function numberBody(body: NumberBody): string {
  return JSON.stringify(body)
}

/** What a message's headers say about a stream's end, when that message is the stream's last. */
export interface Tip {
  /** The sequence of the stream's last message; `0` where there is none. */
  readonly seq: number
  /** The revision of its event. */
  readonly revision: number
  /** The append that it belongs to, where that has several events. */
  readonly part?: Part
}

/** A message's place in an append of several events. */
export interface Part {
  /** What the ids of the append's messages begin with. */
  readonly id: string
  readonly first: number
  readonly index: number
  readonly size: number
}

/** Reads the headers of a message; `undefined` where it was not written by this library. */
export function readTip(seq: number, headers: MsgHdrs | undefined): Tip | undefined {
  const revision = Number(headers?.get(REVISION) || Number.NaN)
  if (headers === undefined || !Number.isSafeInteger(revision)) return undefined
  const size = Number(headers.get(SIZE) || 1)
  if (size === 1) return { seq, revision }
  const id = idOf(headers.get(MESSAGE_ID))
  return {
    seq,
    revision,
    part: { id, first: Number(headers.get(FIRST) || seq), index: Number(headers.get(INDEX) || 0), size },
  }
}

/** The id of the message that an append's event gets. */
export function messageId(append: string, index: number): string {
  return `${append}.${index}`
}

function idOf(message: string): string {
  return message.slice(0, message.lastIndexOf('.'))
}
