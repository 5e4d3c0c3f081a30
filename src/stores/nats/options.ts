import type { NatsConnection } from '@nats-io/transport-node'
import { inspect } from '../../../operators/model/errors/inspect.ts'
import type { LogHole } from '../../../operators/model/hole.ts'
import { checkNumber, checkRequiredOptions } from '../support/checkArguments.ts'

/** What `nats` is told. */
export interface NatsOptions {
  /** The servers to connect to, such as `'nats://localhost:4222'`; user and password may stand in the URL. */
  readonly servers?: string | readonly string[]
  /** A connection of your own, in place of `servers`. It stays open when the store is disposed of. */
  readonly connection?: NatsConnection
  /**
   * What the events' JetStream stream is called, and what their subjects begin with: letters, digits, `-` and `_`. Made
   * where there is none. Snapshots, positions and leases lie in the buckets `<stream>_state`; `<stream>_witness` remembers
   * that there were positions and leases.
   */
  readonly stream: string
  /** On how many servers everything is kept, when it is made: 1, or 3 or 5 of a cluster. Default: 1. */
  readonly replicas?: number
  /** How many snapshots of each name and version are kept, in case the newest cannot be decoded. Default: 3. */
  readonly keep?: number
  /**
   * How long a call is tried again while a leader is missing or a connection is down, in ms. Servers of version 2.9 need
   * 4 000 to 9 000 to elect a leader. Default: 20 000.
   */
  readonly patience?: number
  /**
   * For how long the stream knows the ids of appends, in ms, when it is made: an append that is repeated with the `id` of an
   * earlier one within this time appends nothing. Default: 120 000.
   */
  readonly duplicateWindow?: number
  /**
   * Told once of each hole that a page of the whole log proves: messages that were deleted (`deleted`), or that the stream's
   * limits or retention took away, or may have (`discarded`). Where single streams are read, only a missing beginning is seen.
   */
  readonly onHole?: (hole: LogHole) => void
  /**
   * What a read does that asks for events which the stream has discarded by its limits (`max_age`, `max_msgs`, …) or its
   * retention: `'fault'` rejects with a `MissingHistoryError`, since a fold without them is wrong without a word; `'report'`
   * only tells `onHole`. Messages that somebody deleted from a stream that discards nothing itself are always passed, and a
   * read of a single event only reports. Default: `'fault'`.
   */
  readonly onMissingHistory?: 'fault' | 'report'
  /** Gives events that come without one their `recordedAt`: an ISO 8601 time in UTC. Default: the time of the append. */
  readonly now?: () => string
}

const OPTIONS = [
  'servers',
  'connection',
  'stream',
  'replicas',
  'keep',
  'patience',
  'duplicateWindow',
  'onHole',
  'onMissingHistory',
  'now',
]

/** @throws {TypeError | RangeError} names the option that is wrong. */
export function checkNatsOptions(options: NatsOptions): void {
  checkRequiredOptions(options, OPTIONS)
  const { servers, connection, stream, replicas = 1, keep = 3, patience = 20_000, duplicateWindow = 120_000 } = options
  if ((servers === undefined) === (connection === undefined)) {
    throw new TypeError('options must have either servers or connection')
  }
  const list = [servers ?? []].flat()
  if (servers !== undefined && (list.length === 0 || list.some((one) => typeof one !== 'string' || one === ''))) {
    throw new TypeError(`servers must be a URL or an array of URLs, not ${inspect(servers)}`)
  }
  if (connection !== undefined && typeof connection?.request !== 'function') {
    throw new TypeError(`connection must be a NatsConnection, not ${inspect(connection)}`)
  }
  if (typeof stream !== 'string' || !/^[A-Za-z0-9_-]{1,200}$/.test(stream)) {
    throw new TypeError(`stream must be a name of letters, digits, - and _, not ${inspect(stream)}`)
  }
  const { onHole, onMissingHistory } = options
  if (onHole !== undefined && typeof onHole !== 'function') {
    throw new TypeError(`onHole must be a function, not ${inspect(onHole)}`)
  }
  if (onMissingHistory !== undefined && onMissingHistory !== 'fault' && onMissingHistory !== 'report') {
    throw new TypeError(`onMissingHistory must be 'fault' or 'report', not ${inspect(onMissingHistory)}`)
  }
  checkNumber('replicas', replicas)
  if (replicas > 5) throw new RangeError(`replicas must be at most 5, not ${replicas}`)
  checkNumber('keep', keep)
  // Less than 100 ms is refused by some servers.
  for (const [name, ms, least] of [
    ['patience', patience, 0],
    ['duplicateWindow', duplicateWindow, 100],
  ] as const) {
    if (!Number.isInteger(ms) || ms < least || ms > 2 ** 31 - 1) {
      throw new RangeError(`${name} must be a whole number of ms from ${least} to 2147483647, not ${inspect(ms)}`)
    }
  }
}

/** @throws {TypeError} when the id of an append is none: it travels in a header. */
export function checkAppendId(id: unknown): void {
  if (id === undefined || (typeof id === 'string' && /^[\x21-\x7e]{1,200}$/.test(id))) return
  throw new TypeError(`id must be 1 to 200 visible ASCII characters, not ${inspect(id)}`)
}
