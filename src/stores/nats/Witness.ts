import { Bucket } from './Bucket.ts'
import { isRefusal } from './failures.ts'
import { encodeName } from './names.ts'
import type { RetryingClient } from './RetryingClient.ts'

/** How often the position of a projector is witnessed, in ms. */
const OFTEN = 60_000

/** A position that was stored, and of which stream. */
interface Witnessed {
  readonly position: number
  /** When the stream of events was made that it belongs to, as the servers write it. */
  readonly log: string | undefined
}

/**
 * Remembers outside of the bucket of positions and leases what was there: in this process, and in a bucket beside it for the
 * next one. A bucket that was deleted or made again is noticed by that, and no lease gets an epoch twice.
 *
 * What is stored here is stored once, without patience: where that fails, only the memory of this process is left.
 */
export class Witness {
  readonly #client: RetryingClient
  readonly #bucket: Bucket
  readonly #positions = new Map<string, Witnessed>()
  /** When a position was stored here last. */
  readonly #stored = new Map<string, number>()
  readonly #epochs = new Map<string, number>()
  /** Until when nothing is stored, since it was refused. */
  #refusedUntil = -Infinity

  constructor(client: RetryingClient, name: string, replicas: number) {
    this.#client = client
    this.#bucket = new Bucket(client, name, replicas)
  }

  /** The last position of this log that a projector is known to have had; `0` where none is known. */
  async positionOf(name: string): Promise<number> {
    const known = this.lastKnown(name)
    if (known > 0) return known
    const text = await this.#read(positionKey(name))
    return text === undefined ? 0 : this.#ofThisLog(JSON.parse(text) as Witnessed)
  }

  /** The same, as far as this process knows. */
  lastKnown(name: string): number {
    const known = this.#positions.get(name)
    return known === undefined ? 0 : this.#ofThisLog(known)
  }

  /** Takes in a position that is stored. */
  sawPosition(name: string, position: number): void {
    this.#positions.set(name, { position, log: this.#client.identity.created })
  }

  /** Takes in a position that was stored just now, for the next process too: now and then, and when it was reset. */
  async storedPosition(name: string, position: number): Promise<void> {
    const isReset = position < this.lastKnown(name)
    this.sawPosition(name, position)
    const now = performance.now()
    if (!isReset && now - (this.#stored.get(name) ?? -Infinity) < OFTEN) return
    this.#stored.set(name, now)
    const text = JSON.stringify(this.#positions.get(name))
    await this.#tried(() => this.#bucket.send(positionKey(name), text))
  }

  /** The highest epoch that a lease is known to have had; `0` where none is known. */
  async epochOf(lease: string): Promise<number> {
    const stored = Number((await this.#read(epochKey(lease))) ?? 0)
    return Math.max(stored, this.#epochs.get(lease) ?? 0)
  }

  /** Takes in an epoch that is given out now, for the next process too. */
  async givenEpoch(lease: string, epoch: number): Promise<void> {
    this.#epochs.set(lease, Math.max(epoch, this.#epochs.get(lease) ?? 0))
    await this.#tried(() =>
      this.#bucket.changeOnce(epochKey(lease), ({ text }) => (Number(text ?? 0) < epoch ? `${epoch}` : undefined)),
    )
  }

  #ofThisLog({ position, log }: Witnessed): number {
    const { created } = this.#client.identity
    return log === undefined || created === undefined || log === created ? position : 0
  }

  async #read(key: string): Promise<string | undefined> {
    try {
      return (await this.#bucket.peek(key)).text
    } catch (error) {
      // Who may not read it has none.
      if (isRefusal(error)) return undefined
      throw error
    }
  }

  async #tried(work: () => Promise<unknown>): Promise<void> {
    if (performance.now() < this.#refusedUntil) return
    try {
      await work()
    } catch {
      // What it stands for is stored already, and must not fail for want of a witness.
      this.#client.checkOpen()
      this.#refusedUntil = performance.now() + OFTEN
    }
  }
}

function positionKey(name: string): string {
  return `p.${encodeName(name)}`
}

function epochKey(lease: string): string {
  return `l.${encodeName(lease)}`
}
