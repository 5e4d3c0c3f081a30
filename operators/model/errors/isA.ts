/** Whether a value is an instance of a class, like `instanceof`; never throws, whatever the value. */
export function isA<T>(value: unknown, Class: abstract new (...args: never) => T): value is T {
  try {
    return value instanceof Class
  } catch {
    return false
  }
}
