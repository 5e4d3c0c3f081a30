import { initialSnapshot, type LogEvent, type Projection, replay } from 'rx-projection'
import type { HistoryEvent } from '../../../../examples/git-history/events.ts'

/** The state after these events, as a pure fold. */
export function folded<State>(projection: Projection<State, HistoryEvent>, events: readonly HistoryEvent[]): State {
  const recorded = events.map((event, index): LogEvent => ({ ...event, id: index + 1, stream: 'history' }))
  return replay(projection, initialSnapshot(projection), recorded).state
}

export function committed(
  author: string,
  authoredAt: string,
  more: { readonly parents?: string[] } = {},
): HistoryEvent {
  const payload = { commit: 'c1', parents: [], author, email: '', authoredAt, subject: 'A change', ...more }
  return { type: 'CommitRecorded', payload }
}

export function changed(path: string, author: string, added: number, deleted = 0): HistoryEvent {
  return { type: 'FileChanged', payload: { commit: 'c1', path, author, added, deleted } }
}

export function renamed(from: string, path: string, author = 'Ada', added = 0, deleted = 0): HistoryEvent {
  return { type: 'FileRenamed', payload: { commit: 'c1', from, path, author, added, deleted } }
}

export function removed(path: string, author: string, deleted: number): HistoryEvent {
  return { type: 'FileDeleted', payload: { commit: 'c1', path, author, added: 0, deleted } }
}
