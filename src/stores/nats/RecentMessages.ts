import type { MessageRange } from './Cursor.ts'
import type { DeliveredMessage } from './PullConsumer.ts'

/** How many bytes of messages are kept, at the most. */
const BYTES = 1 << 20

/** How many ranges are kept, at the most. */
const RANGES = 64

interface CachedRange extends MessageRange {
  readonly after: number
  readonly bytes: number
}

/** The newest messages that came for some reader: others that follow the log want the same ones a moment later. */
export class RecentMessages {
  #ranges: CachedRange[] = []
  #bytes = 0

  /** Keeps a range that was taken behind a position. One of older history leaves what is kept as it is. */
  keep(after: number, { messages, through }: MessageRange): void {
    const newest = this.#ranges.at(-1)
    if (newest !== undefined && newest.through !== after) {
      if (through <= newest.through) return
      this.clear()
    }
    const bytes = messages.reduce((sum, { data }) => sum + data.length, 0)
    this.#ranges.push({ after, messages, through, bytes })
    this.#bytes += bytes
    while (this.#bytes > BYTES || this.#ranges.length > RANGES) this.#bytes -= this.#ranges.shift()!.bytes
  }

  /** What is kept of what lies behind a position, as many messages as are wanted; `undefined` where that is not known. */
  since(after: number, limit: number): MessageRange | undefined {
    const first = this.#ranges.findIndex((kept) => kept.after <= after && after < kept.through)
    if (first === -1) return undefined
    const found: DeliveredMessage[] = []
    for (let index = first; index < this.#ranges.length; index++) {
      for (const message of this.#ranges[index]!.messages) {
        if (message.seq <= after) continue
        found.push(message)
        if (found.length === limit) return { messages: found, through: message.seq }
      }
    }
    return { messages: found, through: this.#ranges.at(-1)!.through }
  }

  /** Forgets what lies before a position that is now the first one. */
  dropBefore(first: number): void {
    const gone = this.#ranges.findLastIndex(({ messages }) => messages.length > 0 && messages[0]!.seq < first)
    for (const { bytes } of this.#ranges.splice(0, gone + 1)) this.#bytes -= bytes
  }

  clear(): void {
    this.#ranges = []
    this.#bytes = 0
  }
}
