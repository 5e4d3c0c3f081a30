import type { PgClient } from './pgTypes.ts'

/** Ends a connection without a word: its other end may not listen any more. Whatever is asked on it fails. */
export function destroyClient(client: PgClient): void {
  const { stream } = client.connection ?? {}
  if (stream?.destroy !== undefined) stream.destroy()
  else client.end().catch(() => undefined)
}
