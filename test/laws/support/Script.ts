import type { Failures } from './arbitraries.ts'

/** A list of outcomes that is used up one call after the other; afterwards there is none. */
export class Script<T> {
  private index = 0
  private readonly outcomes: readonly T[]

  constructor(outcomes: readonly T[]) {
    this.outcomes = outcomes
  }

  next(): T | undefined {
    return this.outcomes[this.index++]
  }
}

/** Tells of each call to something whether it goes wrong. */
export function callCounter(wrong: readonly number[]): () => boolean {
  let calls = 0
  const set = new Set(wrong)
  return () => set.has(++calls)
}

/** Throws as often as told, by the event's id. */
export function failing(failures: Failures): (id: number) => void {
  const left = new Map<number, number>()
  for (const [id, times] of failures) left.set(id, times)
  return (id) => {
    const times = left.get(id) ?? 0
    if (times === 0) return
    left.set(id, times - 1)
    throw new Error(`the handler fails on ${id}`)
  }
}
