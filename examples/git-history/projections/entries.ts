/**
 * A map from names to values as JSON data. A change copies one path. `null` is empty, and a node has the
 * names before its own on one side and the names after it on the other.
 *
 * Each change would copy a plain object as a whole, and it cannot safely have a key such as `__proto__`. This map is
 * a treap: the name with the highest rank is on top, and a name's rank comes from the name itself. So it is balanced whatever
 * the order of insertion, and equal contents are equal data.
 */
export type Entries<Value> = readonly [name: string, value: Value, before: Entries<Value>, after: Entries<Value>] | null

type Node<Value> = NonNullable<Entries<Value>>

/** The value under a name. */
export function entry<Value>(entries: Entries<Value>, name: string): Value | undefined {
  let node = entries
  while (node !== null && node[0] !== name) node = name < node[0] ? node[2] : node[3]
  return node?.[1]
}

/** The entries with this value under this name. */
export function withEntry<Value>(entries: Entries<Value>, name: string, value: Value): Node<Value> {
  if (entries === null) return [name, value, null, null]
  const [own, ownValue, before, after] = entries
  if (name === own) return [name, value, before, after]
  if (name < own) {
    const below = withEntry(before, name, value)
    if (outranks(own, below[0])) return [own, ownValue, below, after]
    return [below[0], below[1], below[2], [own, ownValue, below[3], after]]
  }
  const below = withEntry(after, name, value)
  if (outranks(own, below[0])) return [own, ownValue, before, below]
  return [below[0], below[1], [own, ownValue, before, below[2]], below[3]]
}

/** The entries without this name. */
export function withoutEntry<Value>(entries: Entries<Value>, name: string): Entries<Value> {
  if (entries === null) return null
  const [own, value, before, after] = entries
  if (name === own) return joined(before, after)
  return name < own ? [own, value, withoutEntry(before, name), after] : [own, value, before, withoutEntry(after, name)]
}

/** All entries, in the order of their names. */
export function listEntries<Value>(entries: Entries<Value>): [name: string, value: Value][] {
  const list: [string, Value][] = []
  const above: Node<Value>[] = []
  let node = entries
  while (node !== null || above.length > 0) {
    for (; node !== null; node = node[2]) above.push(node)
    const next = above.pop() as Node<Value>
    list.push([next[0], next[1]])
    node = next[3]
  }
  return list
}

function joined<Value>(before: Entries<Value>, after: Entries<Value>): Entries<Value> {
  if (before === null) return after
  if (after === null) return before
  return outranks(before[0], after[0])
    ? [before[0], before[1], before[2], joined(before[3], after)]
    : [after[0], after[1], joined(before, after[2]), after[3]]
}

function outranks(name: string, other: string): boolean {
  const difference = rank(name) - rank(other)
  return difference === 0 ? name < other : difference > 0
}

/** A pseudo-random number that depends only on the name (FNV-1a, then mixed). */
function rank(name: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < name.length; index++) hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
