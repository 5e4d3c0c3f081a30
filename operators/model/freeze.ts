/** Values that are frozen deeply already: a state that shares most of its parts with the previous state costs little. */
const frozen = new WeakSet<object>()

/** Freezes data deeply, so that code which changes it throws. Promises and functions are not frozen. */
export function freezeDeeply<T>(value: T): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || frozen.has(value)) return value
  if (typeof (value as { then?: unknown }).then === 'function') return value
  frozen.add(value)
  for (const held of Object.values(Object.freeze(value))) freezeDeeply(held)
  return value
}
