/** Tells whether a value is of a class, as `instanceof` does; never throws, whatever was thrown. */
export function isA<T>(value: unknown, Class: abstract new (...args: never) => T): value is T {
  try {
    return value instanceof Class
  } catch {
    return false
  }
}
