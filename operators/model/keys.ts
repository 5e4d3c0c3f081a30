/**
 * Checks that an object has only known keys. Otherwise a misspelled option would be ignored and its default used.
 *
 * @param path where the object is: `retry` gives `unknown option: retry.cuont`. Empty for the options themselves.
 * @param noun what a key of the object is called.
 * @throws {TypeError} names the first unknown key, and the known key with a similar spelling, if there is one.
 */
export function checkKeys(value: object, known: readonly string[], path = '', noun = 'option'): void {
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue
    throw new TypeError(`unknown ${noun}: ${join(path, key)}${hint(key, known, path)}`)
  }
}

/** Completes the message about an unknown key: names the known key with a similar spelling, or else all known keys. */
export function hint(key: string, known: readonly string[], path = ''): string {
  const meant = nearest(key, known)
  if (meant !== undefined) return `; did you mean ${join(path, meant)}?`
  return known.length === 0 ? '' : `; known are ${known.join(', ')}`
}

function join(path: string, key: string): string {
  const shown = key.length > 60 ? `${key.slice(0, 60)}…` : key
  return path === '' ? shown : `${path}.${shown}`
}

/** The known key with the fewest changed letters, if at most a third of the letters differ. */
function nearest(key: string, known: readonly string[]): string | undefined {
  if (key.length > 60) return undefined
  let best: string | undefined
  let least = Math.max(1, Math.floor(key.length / 3)) + 1
  for (const candidate of known) {
    const changes = distance(key.toLowerCase(), candidate.toLowerCase())
    if (changes < least) {
      least = changes
      best = candidate
    }
  }
  return best
}

/** The number of letters to add, drop, replace or swap with the next one: the optimal string alignment distance. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      let changes = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (same ? 0 : 1))
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      if (swapped) changes = Math.min(changes, beforeLast[column - 2]! + 1)
      current.push(changes)
    }
    beforeLast = last
    last = current
  }
  return last[b.length]!
}
