import { expect } from 'vitest'

/** What an example should print: the text itself, or, where it holds a `…`, anything that has its other parts. */
export function expectation(prints: string): unknown {
  if (!prints.includes('…')) return prints
  const parts = prints.split('…').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  return expect.stringMatching(new RegExp(`^${parts.join('.*')}$`, 's'))
}
