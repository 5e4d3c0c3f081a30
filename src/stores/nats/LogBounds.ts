import type { StreamInfo } from '@nats-io/jetstream'
import type { RetryingClient } from './RetryingClient.ts'

/** How long a leader that knows less than was seen before is given to learn it, in ms. */
const LEARNING = 3_000

/** What is kept of a log: it drops what the log does not hold any more. */
export interface LogCache {
  /** Messages before a position are gone. */
  dropBefore(first: number): void
  /** Messages are gone from between others. */
  dropAll(): void
}

/** Where a log begins and ends, and what it discards by itself, as its leader has said last. */
export class LogBounds {
  /** The last position that the log was seen to hold. */
  seen = 0
  /** The first position that the log holds, or will give out. */
  first = 1
  /** It discards its oldest messages. */
  discardsFirst = false
  /** It discards messages from between others, too. */
  discardsAny = false
  readonly #client: RetryingClient
  readonly #log: string
  readonly #cache: LogCache
  /** A question to the leader that is under way, and the one behind it. */
  #refreshing: Promise<void> | undefined
  #nextRefresh: Promise<void> | undefined
  /** How many messages were deleted from between others. */
  #deleted = 0

  constructor(client: RetryingClient, log: string, cache: LogCache) {
    this.#client = client
    this.#log = log
    this.#cache = cache
  }

  /** Takes a position that the log is known to hold. */
  saw(position: number): void {
    if (position > this.seen) this.seen = position
  }

  /** Asks the leader where the log ends, now or later; those who ask at the same time share its answer. */
  refresh(after: number): Promise<void> {
    // Of less use than an answer of one's own, where the log is said to hold more than was seen.
    if (after > this.seen) return this.#askLeader(after)
    this.#nextRefresh ??= (this.#refreshing ?? Promise.resolve()).then(() => {
      this.#nextRefresh = undefined
      const asking = this.#askLeader(this.seen)
      const ended = (): void => {
        if (this.#refreshing === settled) this.#refreshing = undefined
      }
      const settled = asking.then(ended, ended)
      this.#refreshing = settled
      return asking
    })
    return this.#nextRefresh
  }

  async #askLeader(after: number): Promise<void> {
    const { identity } = this.#client
    const least = Math.max(this.seen, after)
    const end = performance.now() + LEARNING
    for (;;) {
      const info = await this.#client.info(this.#log)
      this.#take(info)
      const { state, config, created } = info
      if (identity.isOther(created)) {
        this.seen = state.last_seq
        identity.saw(created)
        return
      }
      if (state.last_seq >= least) {
        this.saw(state.last_seq)
        return
      }
      if (config.num_replicas === 1 || performance.now() >= end) {
        const { seen } = this
        this.seen = state.last_seq
        // It is not the log that it was.
        if (state.last_seq < seen) identity.replaced()
        return
      }
      // A new leader has not applied yet what the old one had.
      await this.#client.pause(50)
    }
  }

  #take({ state, config }: StreamInfo): void {
    const { first_seq, num_deleted = 0 } = state
    this.first = first_seq
    const { max_age, max_bytes, max_msgs, max_msgs_per_subject, retention, discard, discard_new_per_subject } = config
    // A stream that refuses new messages instead keeps the old ones.
    const drops = discard !== 'new'
    this.discardsAny =
      retention !== 'limits' ||
      (max_msgs_per_subject > 0 && (drops || discard_new_per_subject !== true)) ||
      (config as { allow_msg_ttl?: boolean }).allow_msg_ttl === true
    this.discardsFirst = this.discardsAny || max_age > 0 || (drops && (max_msgs > 0 || max_bytes > 0))
    if (num_deleted === this.#deleted) this.#cache.dropBefore(first_seq)
    else this.#cache.dropAll()
    this.#deleted = num_deleted
  }
}
