import { encodeName } from './names.ts'
import type { RetryingClient } from './RetryingClient.ts'

/** How many streams are read by a consumer each, at the most. */
const MERGED = 16

/** A shorter log is read whole: that takes less time than asking how it is best read. */
const SHORT = 500

/** What a reader wants of a log. */
export interface Wanted {
  /** The same for readers that want the same. */
  readonly key: string
  /** The subjects of its streams; absent: all. */
  readonly subjects?: readonly string[]
}

/** How a log is read. */
export interface ReadingPlan extends Wanted {
  /** What each consumer filters for. */
  readonly filters: readonly string[]
  /** Whether other messages than those that are wanted come too. */
  readonly mixed: boolean
}

export function wantedOf(log: string, streams: readonly string[] | undefined): Wanted {
  if (streams === undefined) return { key: '' }
  const subjects = [...new Set(streams)].sort().map((stream) => `${log}.${encodeName(stream)}`)
  return { key: subjects.join(' '), subjects }
}

/**
 * Chooses how to read some streams. A consumer filters for one subject, since servers of version 2.9 know no more: a few
 * streams that are a small part of the log get a consumer each, whose messages are merged; otherwise the whole log is read,
 * and what is not wanted is left out.
 */
export async function cheapest(client: RetryingClient, log: string, { key, subjects }: Wanted): Promise<ReadingPlan> {
  const whole = [`${log}.>`]
  if (subjects === undefined) return { key, filters: whole, mixed: false }
  const one = { key, subjects, filters: subjects, mixed: false }
  if (subjects.length === 1) return one
  if (subjects.length <= MERGED) {
    const infos = await Promise.all(subjects.map((subject) => client.info(log, subject)))
    const { messages } = infos[0]!.state
    const matching = infos.reduce((sum, { state }, index) => sum + (state.subjects?.[subjects[index]!] ?? 0), 0)
    if (messages > SHORT && 2 * matching <= messages) return one
  }
  return { key, subjects, filters: whole, mixed: true }
}
