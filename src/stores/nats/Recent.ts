import type { Stretch } from './Cursor.ts'
import type { Delivered } from './Tail.ts'

/** How many bytes of messages are kept, at the most. */
const BYTES = 1 << 20

/** How many stretches are kept, at the most. */
const STRETCHES = 64

interface Kept extends Stretch {
  readonly after: number
  readonly bytes: number
}

/** The newest messages that came for some reader: others that follow the log want the same ones a moment later. */
export class Recent {
  #stretches: Kept[] = []
  #bytes = 0

  /** Keeps a stretch that was taken behind a position. One of older history leaves what is kept as it is. */
  keep(after: number, { messages, through }: Stretch): void {
    const newest = this.#stretches.at(-1)
    if (newest !== undefined && newest.through !== after) {
      if (through <= newest.through) return
      this.clear()
    }
    const bytes = messages.reduce((sum, { data }) => sum + data.length, 0)
    this.#stretches.push({ after, messages, through, bytes })
    this.#bytes += bytes
    while (this.#bytes > BYTES || this.#stretches.length > STRETCHES) this.#bytes -= this.#stretches.shift()!.bytes
  }

  /** What is kept of what lies behind a position, as many messages as are wanted; `undefined` where that is not known. */
  since(after: number, limit: number): Stretch | undefined {
    const first = this.#stretches.findIndex((kept) => kept.after <= after && after < kept.through)
    if (first === -1) return undefined
    const found: Delivered[] = []
    for (let index = first; index < this.#stretches.length; index++) {
      for (const message of this.#stretches[index]!.messages) {
        if (message.seq <= after) continue
        found.push(message)
        if (found.length === limit) return { messages: found, through: message.seq }
      }
    }
    return { messages: found, through: this.#stretches.at(-1)!.through }
  }

  /** Forgets what lies before a position that is now the first one. */
  dropBefore(first: number): void {
    const gone = this.#stretches.findLastIndex(({ messages }) => messages.length > 0 && messages[0]!.seq < first)
    for (const { bytes } of this.#stretches.splice(0, gone + 1)) this.#bytes -= bytes
  }

  clear(): void {
    this.#stretches = []
    this.#bytes = 0
  }
}
