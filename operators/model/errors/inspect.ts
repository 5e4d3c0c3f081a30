/** A short, safe rendering of any value for an error message; never throws and never runs long. */
export function inspect(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
    case 'bigint':
      return `${value}n`
    case 'function':
      return 'a function'
    case 'symbol':
      return value.toString()
    case 'object':
      if (value === null) return 'null'
      return Array.isArray(value) ? `an array of ${value.length}` : `an object (${className(value)})`
    default:
      return Object.is(value, -0) ? '-0' : String(value)
  }
}

function className(value: object): string {
  const made: unknown = Object.getPrototypeOf(value)?.constructor
  return typeof made === 'function' && typeof made.name === 'string' && made.name ? made.name : 'no class'
}
