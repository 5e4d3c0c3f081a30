/** The maximum length of a shown value, in characters. */
const MOST = 60

/** A short, safe rendering of any value for an error message; never throws, and its length is limited. */
export function inspect(value: unknown): string {
  try {
    return show(value)
  } catch {
    return 'a value that cannot be shown'
  }
}

/** A field of a foreign event for an error message: text and numbers unchanged, anything else as `inspect` renders it. */
export function fieldOf(event: unknown, field: string): string {
  try {
    const value = (event as Readonly<Record<string, unknown>>)[field]
    return typeof value === 'string' ? short(value) : show(value)
  } catch {
    return `${field} that cannot be read`
  }
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(short(value))
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return `an array of ${short(String(value.length))}`
  if (typeof value === 'object' && value !== null) return `an object (${className(value)})`
  if (typeof value === 'bigint') return `${short(String(value))}n`
  return Object.is(value, -0) ? '-0' : short(String(value))
}

function short(text: string): string {
  return text.length > MOST ? `${text.slice(0, MOST)}…` : text
}

function className(value: object): string {
  const name: unknown = Object.getPrototypeOf(value)?.constructor?.name
  return typeof name === 'string' && name !== '' ? short(name) : 'no class'
}
