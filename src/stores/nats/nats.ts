import type { StreamConfig } from '@nats-io/jetstream'
import type { EventType } from '../../../operators/model/event.ts'
import { StoreError } from '../../../operators/ports/errors/StoreError.ts'
import type { LeaseStore } from '../../../operators/ports/leases.ts'
import type { OpenStore } from '../../../operators/ports/store.ts'
import { clock } from '../support/clock.ts'
import type { MissingHistoryError } from '../support/errors/MissingHistoryError.ts'
import type { PositionLostError } from '../support/errors/PositionLostError.ts'
import { Bucket } from './Bucket.ts'
import { Contents } from './Contents.ts'
import { codeOf, NAME_IN_USE, OVERLAP, STREAM_NOT_FOUND } from './failures.ts'
import { type NatsEventLog, natsEvents } from './natsEvents.ts'
import { natsLeases } from './natsLeases.ts'
import { natsPositions } from './natsPositions.ts'
import { natsSnapshots } from './natsSnapshots.ts'
import { checkNatsOptions, type NatsOptions } from './options.ts'
import { type LiveConnection, RetryingClient } from './RetryingClient.ts'
import { Witness } from './Witness.ts'
import { waitUntilUp } from './waitUntilUp.ts'

const NANOS = 1_000_000

/** An open store on NATS JetStream. */
export interface NatsStore<E extends EventType = EventType> extends OpenStore<E> {
  readonly events: NatsEventLog<E>
  readonly leases: LeaseStore
  /**
   * Connects, and makes the stream of events or looks at the one that is there. Otherwise the first call of a facet does.
   * Rejects at once when no server answers, with a {@link StoreError} when the clients are missing, the login is refused or
   * the stream cannot hold the events.
   */
  open(): Promise<void>
}

/**
 * Opens a store on NATS JetStream, server version 2.9 or newer: events in one JetStream stream, snapshots, positions and
 * leases in a key-value bucket, snapshots too large for a message in an object store. It connects, and makes what is missing,
 * at its first use, or when it is asked to (`open()`).
 *
 * 1. An event is a message on the subject `<stream>.<name of its stream>`; its position is the message's sequence. Positions
 *    rise by 1, except where messages were deleted or purged: the consumer's own count proves such a hole, and `previous`
 *    leads over it, and `onHole` is told. What the stream's limits discarded is a {@link MissingHistoryError} for who asks
 *    for it (`onMissingHistory`).
 * 2. An append is stored by compare-and-set on the last message of its subject, all of its events or none. What got no
 *    answer is repeated and stored once. All events of one append must fit in one message (1 MB by default).
 * 3. Reads and loads are answered by the leader, or proven against what it says.
 * 4. Every call is tried again for `patience` ms while there is no leader or no connection, and rejects then with what
 *    went wrong last; a projection retries it later. Once it has been open, only what cannot pass is a {@link StoreError}:
 *    a stream of events that was deleted, a sealed one.
 * 5. A bucket that was deleted is made again by the next call. Where a position was in it, `positions.load` rejects with a
 *    {@link PositionLostError}, as far as this process or the bucket `<stream>_witness` remembers it; epochs of leases go on.
 * 6. A stream of events that was deleted and made again is another log: a page holds events of one only, and
 *    `events.reconnects$` emits, as after a lost connection.
 *
 * After its disposal `hints$` completes and every call fails with a {@link StoreError}; a connection of its own is closed.
 *
 * @throws {TypeError | RangeError} names the option that is wrong.
 */
export function nats<E extends EventType = EventType>(options: NatsOptions): NatsStore<E> {
  checkNatsOptions(options)
  const { servers, connection, stream, replicas = 1, keep = 3, patience = 20_000, duplicateWindow = 120_000 } = options
  const { onHole, onMissingHistory } = options
  const now = clock(options.now)
  const list = [servers ?? []].flat()
  const client: RetryingClient = new RetryingClient({
    log: stream,
    label: labelOf(list, connection?.getServer(), stream),
    owned: connection === undefined,
    patience,
    connect: async ({ transport }) =>
      connection ??
      transport.connect({
        servers: list.map(withoutCredentials),
        ...credentialsOf(list[0]!),
        name: `rx-projection ${stream}`,
        maxReconnectAttempts: -1,
        reconnectDelayHandler: reconnectDelays(100, 100),
        timeout: 2_000,
        // A server that hangs keeps its connections open: who does not ask never finds out.
        pingInterval: 2_000,
        maxPingOut: 2,
      }),
    prepare: (live) =>
      prepare(client, live, {
        name: stream,
        subjects: [`${stream}.>`],
        num_replicas: replicas,
        duplicate_window: duplicateWindow * NANOS,
      }),
  })
  const bucket = new Bucket(client, `${stream}_state`, replicas)
  const contents = new Contents(client, bucket, `${stream}_state`, replicas)
  const witness = new Witness(client, `${stream}_witness`, replicas)
  const { events, endHints, closeReader } = natsEvents(client, stream, now, { onHole, onMissingHistory })
  return {
    events: client.guard(events) as unknown as NatsStore<E>['events'],
    snapshots: client.guard(natsSnapshots(bucket, contents, keep)),
    positions: client.guard(natsPositions(bucket, witness)),
    leases: client.guard(natsLeases(client, bucket, witness)),
    open: async () => {
      await client.connected()
    },
    [Symbol.asyncDispose]: async () => {
      endHints()
      await client.close(closeReader)
    },
  }
}

/** How often it is tried to make a stream that somebody else may be making. */
const TRIES = 10

/** Makes the stream of events, or looks whether the one that is there can hold them. */
async function prepare(
  client: RetryingClient,
  live: LiveConnection,
  config: Partial<StreamConfig> & { name: string },
): Promise<void> {
  const { jsm } = live
  const [subject] = config.subjects!
  for (let tries = 1; ; tries++) {
    try {
      const { created, config: found } = await jsm.streams.info(config.name)
      const { subjects } = found
      if (subjects.includes(subject!)) {
        await waitUntilUp(live, config.name)
        client.identity.saw(created)
        return
      }
      throw new StoreError(client.label, `its stream takes ${subjects.join(', ')}, and not ${subject}`)
    } catch (error) {
      if (codeOf(error) !== STREAM_NOT_FOUND) throw error
      // A new one would begin at position 1 again, as if nothing had been there.
      if (client.identity.created !== undefined) throw client.logIsGone(error)
    }
    try {
      const { created } = await jsm.streams.add(config)
      await waitUntilUp(live, config.name)
      client.identity.saw(created)
      return
    } catch (error) {
      const code = codeOf(error)
      if (code !== NAME_IN_USE && code !== OVERLAP) throw error
      if (tries === TRIES) throw new StoreError(client.label, (error as Error).message, { cause: error })
    }
    // Somebody else makes it at this moment, or has a stream of the same subjects: then it stays away.
    await client.pause(50)
  }
}

/**
 * Paces the attempts to connect again, for the client's `reconnectDelayHandler`. The client itself counts from the wall
 * clock: after a step back by an hour it would not try for an hour. So it is only told to wait, or not to.
 *
 * @param least how long an attempt waits for at least, in ms, since the one before.
 * @param jitter how much longer it waits at most, in ms.
 */
function reconnectDelays(least: number, jitter: number): () => number {
  let next = -Infinity
  return () => {
    const now = performance.now()
    if (now < next) return Math.ceil(next - now)
    next = now + least + Math.random() * jitter
    return -Infinity
  }
}

function labelOf(servers: readonly string[], server: string | undefined, stream: string): string {
  const [first = server ?? 'nats'] = servers.map(withoutCredentials)
  return `${first.includes('://') ? first : `nats://${first}`}/${stream}`
}

function withoutCredentials(server: string): string {
  return server.replace(/^((?:[a-z]+:\/\/)?)[^@/]*@/, '$1')
}

function credentialsOf(server: string): { user?: string; pass?: string; token?: string } {
  const [, text] = /^(?:[a-z]+:\/\/)?([^@/]*)@/.exec(server) ?? []
  if (text === undefined) return {}
  const [user, pass] = text.split(':', 2).map(decodeURIComponent)
  return pass === undefined ? { token: user! } : { user: user!, pass }
}
