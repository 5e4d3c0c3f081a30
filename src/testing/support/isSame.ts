/**
 * Whether two values have the same structure. Supports JSON data, `Map`, `Set`, `Date` and class instances. `undefined` fields
 * count, `NaN` equals `NaN`, and 0 does not equal −0.
 */
export function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false
  if (Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) return false
  if (one instanceof Date) return Object.is(one.getTime(), (other as Date).getTime())
  if (one instanceof Map || one instanceof Set) return isSame([...one], [...(other as Iterable<unknown>)])
  const keys = Object.keys(one)
  if (keys.length !== Object.keys(other).length) return false
  return keys.every((key) => Object.hasOwn(other, key) && isSame(one[key as never], other[key as never]))
}
