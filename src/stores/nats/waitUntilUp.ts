import { codeOf, WRONG_LAST_ID } from './failures.ts'
import type { LiveConnection } from './RetryingClient.ts'

/**
 * Waits until a stream takes messages, by a publish that is always refused. A stream that somebody else is making at this
 * moment is found already, and a server of version 2.9 does not survive it when it is asked for a message of such a one.
 *
 * @param prefix what the stream's subjects begin with, up to the last point.
 */
export async function waitUntilUp({ js }: LiveConnection, prefix: string): Promise<void> {
  try {
    await js.publish(`${prefix}.=`, '', { timeout: 2_000, expect: { lastMsgID: 'no such id' } })
  } catch (error) {
    if (codeOf(error) !== WRONG_LAST_ID) throw error
  }
}
