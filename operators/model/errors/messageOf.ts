/** The message of a thrown value, or the value as text; never throws. */
export function messageOf(cause: unknown): string {
  try {
    return String((cause as { message?: unknown } | null | undefined)?.message ?? cause)
  } catch {
    return 'a value that cannot be shown'
  }
}
