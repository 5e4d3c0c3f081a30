import { listEntries } from './entries.ts'
import type { Knowledge } from './tree.ts'

/** An author's share of the changed lines. */
export interface Share {
  readonly author: string
  readonly lines: number
  /** Of all changed lines: above 0, at most 1. */
  readonly part: number
}

/** The authors, those with the most changed lines first. */
export function sharesOf({ lines, authors }: Knowledge): readonly Share[] {
  return listEntries(authors)
    .map(([author, own]) => ({ author, lines: own, part: own / lines }))
    .sort((one, other) => other.lines - one.lines)
}

/**
 * How many people would have to be hit by a bus until half of the knowledge is lost: the fewest authors who together changed
 * half of the lines. 0 if no line was changed.
 */
export function busFactor(knowledge: Knowledge): number {
  let made = 0
  let authors = 0
  for (const { lines } of sharesOf(knowledge)) {
    made += lines
    authors += 1
    if (made * 2 >= knowledge.lines) break
  }
  return authors
}
