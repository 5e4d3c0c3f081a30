/** Whether trying again can help: unless an error says `retryable: false`. Never throws, whatever was thrown. */
export function isRetryable(error: unknown): boolean {
  try {
    return (error as { retryable?: unknown } | null | undefined)?.retryable !== false
  } catch {
    return true
  }
}
