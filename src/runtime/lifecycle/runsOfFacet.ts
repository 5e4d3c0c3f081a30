import { DuplicateRunError } from './DuplicateRunError.ts'

/** The use of one key of a facet: the number of current runs, and the definition of the last run. */
interface Key {
  running: number
  definition: WeakRef<object>
}

const facets = new WeakMap<object, Map<string, Key>>()

/**
 * Notes that a run begins to use a key of a facet (`snapshots` or `positions`), to detect a second run.
 *
 * @param alone whether the run shares its key on purpose: an exclusive run waits for the others.
 * @returns the conflict, if any, and a function that removes the note.
 */
export function useKey(
  facet: object,
  { key, name, definition, alone }: { key: string; name: string; definition: object; alone: boolean },
): { readonly error: DuplicateRunError | undefined; readonly end: () => void } {
  let keys = facets.get(facet)
  if (keys === undefined) {
    keys = new Map()
    facets.set(facet, keys)
  }
  const known = keys.get(key)
  const before = known?.definition.deref()
  const entry = known ?? { running: 0, definition: new WeakRef(definition) }
  keys.set(key, entry)
  entry.definition = new WeakRef(definition)
  let error: DuplicateRunError | undefined
  if (before !== undefined && before !== definition) error = new DuplicateRunError(name, 'definition')
  else if (entry.running > 0 && !alone) error = new DuplicateRunError(name, 'running')
  if (!alone) entry.running++
  let ended = alone
  return {
    error,
    end: () => {
      if (ended) return
      ended = true
      entry.running--
    },
  }
}
