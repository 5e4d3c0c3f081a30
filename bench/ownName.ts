let count = 0

/** A name, for SQL, that nobody else on the server uses. */
export function ownName(kind: string): string {
  return `${kind}_${process.pid}_${++count}`
}
