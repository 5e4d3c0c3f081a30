/** What is frozen to its last leaf already: a state that shares most of itself with the one before costs little again. */
const frozen = new WeakSet<object>()

/** Freezes data with all that it holds, so that code which changes it throws. Promises and functions stay as they are. */
export function freezeDeeply<T>(value: T): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || frozen.has(value)) return value
  if (typeof (value as { then?: unknown }).then === 'function') return value
  frozen.add(value)
  for (const held of Object.values(Object.freeze(value))) freezeDeeply(held)
  return value
}
