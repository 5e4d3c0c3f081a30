const NUL = 0
const LINE_FEED = 10

/**
 * Cuts a stream of bytes at each NUL. It keeps the unfinished part of a chunk until its NUL arrives, so that a chunk may end
 * anywhere.
 */
export class Tokens {
  private unfinished: Buffer[] = []
  private readonly take: (token: Buffer) => void

  constructor(take: (token: Buffer) => void) {
    this.take = take
  }

  push(chunk: Buffer): void {
    let start = 0
    for (let end = chunk.indexOf(NUL); end !== -1; end = chunk.indexOf(NUL, start)) {
      this.take(this.finished(chunk.subarray(start, end)))
      start = end + 1
    }
    if (start < chunk.length) this.unfinished.push(chunk.subarray(start))
  }

  /** The bytes after the last NUL. */
  get rest(): Buffer {
    return Buffer.concat(this.unfinished)
  }

  private finished(end: Buffer): Buffer {
    if (this.unfinished.length === 0) return end
    const token = Buffer.concat([...this.unfinished, end])
    this.unfinished = []
    return token
  }
}

/** A token without the line feed that git puts between a commit's header and its files. */
export function withoutLineFeed(token: Buffer): Buffer {
  return token[0] === LINE_FEED ? token.subarray(1) : token
}
