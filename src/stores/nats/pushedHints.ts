import type { Msg, MsgHdrs } from '@nats-io/transport-node'
import { Observable } from 'rxjs'
import { StoreError } from '../../../operators/ports/errors/StoreError.ts'
import { codeOf, STREAM_NOT_FOUND } from './failures.ts'
import type { RetryingClient } from './RetryingClient.ts'

const NANOS = 1_000_000

/** How often a server shows, in ms, that it still pushes. */
const HEARTBEAT = 5_000

/** How long is waited, in ms, before hints are asked for again when that failed. */
const AGAIN = 500

/** A message that was stored: where, and its headers. */
export interface Hint {
  readonly seq: number
  /** Absent with `seq: 0`. */
  readonly subject?: string
  readonly headers?: MsgHdrs
}

/**
 * Emits for each message that is stored, pushed by the server without its body, and with `seq: 0` whenever it begins to
 * push: what came before that may have had no hint.
 */
export function pushedHints(client: RetryingClient, stream: string, filter: string): Observable<Hint> {
  return new Observable((subscriber) => {
    let stop: (() => void) | undefined
    let isGone = false
    const begin = async (): Promise<void> => {
      while (!subscriber.closed) {
        try {
          const end = await push(client, { stream, filter }, (hint) => subscriber.next(hint))
          isGone = false
          if (subscriber.closed) end.stop()
          stop = end.stop
          await end.over
        } catch (error) {
          // A hint is allowed to be late: polling covers for it. A closed store has none. That the stream is gone is news.
          const isNews = !isGone && (error instanceof StoreError || codeOf(error) === STREAM_NOT_FOUND)
          if (isNews && !client.isClosed) {
            isGone = true
            subscriber.next({ seq: 0 })
          }
        }
        if (client.isClosed) subscriber.complete()
        else if (!subscriber.closed) await client.pause(AGAIN)
      }
    }
    void begin()
    const losses = client.losses$.subscribe(() => stop?.())
    return () => {
      losses.unsubscribe()
      stop?.()
    }
  })
}

interface Push {
  /** Fulfilled when the server pushes no more. */
  readonly over: Promise<void>
  readonly stop: () => void
}

async function push(
  client: RetryingClient,
  { stream, filter }: { stream: string; filter: string },
  hint: (hint: Hint) => void,
): Promise<Push> {
  const { clients, nc, inbox: newInbox } = await client.connected()
  const { AckPolicy, DeliverPolicy } = clients.jetstream
  const inbox = newInbox()
  const { promise: over, resolve: end } = Promise.withResolvers<void>()
  let name: string | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  const stop = (): void => {
    clearTimeout(timer)
    client.ended.removeEventListener('abort', stop)
    subscription.unsubscribe()
    if (name !== undefined && !nc.isClosed()) nc.publish(`$JS.API.CONSUMER.DELETE.${stream}.${name}`)
    end()
  }
  const alive = (): void => {
    clearTimeout(timer)
    timer = setTimeout(stop, 2.5 * HEARTBEAT)
  }
  const arrived = (message: Msg): void => {
    alive()
    const { reply, headers } = message
    if (reply?.startsWith('$JS.ACK.'))
      hint({ seq: sequenceOf(reply), subject: message.subject, ...(headers && { headers }) })
    else if (headers?.code !== undefined && headers.code > 100) stop()
    // Flow control: the server goes on when it is answered.
    else if (reply) message.respond()
  }
  const subscription = nc.subscribe(inbox, { callback: (_, message) => arrived(message) })
  alive()
  void nc.closed().then(stop)
  client.ended.addEventListener('abort', stop)
  try {
    const config = {
      deliver_subject: inbox,
      deliver_policy: DeliverPolicy.New,
      ack_policy: AckPolicy.None,
      filter_subject: filter,
      headers_only: true,
      flow_control: true,
      idle_heartbeat: HEARTBEAT * NANOS,
      inactive_threshold: 30_000 * NANOS,
      mem_storage: true,
      num_replicas: 1,
    }
    const info = await client.request(stream, ({ jsm }) => jsm.consumers.add(stream, config))
    name = info.name
  } catch (error) {
    stop()
    throw error
  }
  // What was stored before the server began to push is hinted at all at once.
  hint({ seq: 0 })
  return { over, stop }
}

function sequenceOf(reply: string): number {
  const tokens = reply.split('.')
  return Number(tokens[tokens.length === 9 ? 5 : 7])
}
