/** Describes a valid name, for error messages. */
export const NAME = 'a non-empty string of well-formed Unicode without NUL'

/** Whether a value can name a stream, an event type or a projection: text that every store can hold unchanged. */
export function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.isWellFormed() && !value.includes('\0')
}
