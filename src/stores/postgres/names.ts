import { inspect } from '../../../operators/model/errors/inspect.ts'
import { isName } from '../../../operators/model/names.ts'

/** How many bytes of an identifier PostgreSQL looks at: what is longer would be cut, and meet another one. */
const LONGEST = 63

/** @throws {TypeError} when a name cannot be that of a schema, a table or a column. */
export function checkIdentifier(argument: string, value: unknown): asserts value is string {
  if (isName(value) && new TextEncoder().encode(value).length <= LONGEST) return
  throw new TypeError(`${argument} must be a name of 1 to ${LONGEST} bytes without NUL, not ${inspect(value)}`)
}

/** An identifier as SQL takes it, whatever characters it is made of. */
export function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`
}

/** A text as SQL takes it. For what cannot be a parameter: the texts that are part of a statement's shape. */
export function literal(text: string): string {
  const quoted = `'${text.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`
  return text.includes('\\') ? ` E${quoted}` : quoted
}
