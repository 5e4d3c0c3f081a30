/** Freezes a value with all that it holds, so that whoever changes it throws. */
export function freeze<T>(value: T, seen: Set<unknown> = new Set()): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || seen.has(value)) return value
  seen.add(value)
  for (const held of Object.values(Object.freeze(value))) freeze(held, seen)
  return value
}
