import type { AppendOptions } from '../../../operators/ports/index.ts'

/** What an append to JetStream may be held to. */
export interface NatsAppendOptions extends AppendOptions {
  /**
   * A name for this append, of visible ASCII characters: repeated with the same name within the store's `duplicateWindow` it
   * appends nothing, and answers as the first time. Without it, the store repeats by itself what got no answer.
   */
  readonly id?: string
}
