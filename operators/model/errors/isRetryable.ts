/** Whether a retry can help: `true` unless the error has `retryable: false`. Never throws, whatever the value. */
export function isRetryable(error: unknown): boolean {
  try {
    return (error as { retryable?: unknown } | null | undefined)?.retryable !== false
  } catch {
    return true
  }
}
