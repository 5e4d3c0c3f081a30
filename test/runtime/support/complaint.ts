/** What the error of a call says; a handle that was started after all is stopped. */
export async function complaint(call: () => unknown): Promise<string> {
  try {
    const answer = await call()
    await (answer as { stop?: () => Promise<void> } | undefined)?.stop?.()
    return `no error, but ${answer}`
  } catch (error) {
    return (error as Error).message
  }
}
