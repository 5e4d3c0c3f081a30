import { afterEach, beforeEach } from 'vitest'

/** Collects the warnings that a library hands to the process during each test of a file. */
export function collectWarnings(): { take(): Promise<Error[]> } {
  let warnings: Error[] = []
  const collect = (warning: Error): void => {
    if (warning.name === 'ProjectionWarning') warnings.push(warning)
  }
  const take = async (): Promise<Error[]> => {
    // Warnings are emitted in the next tick.
    await new Promise((resolve) => setImmediate(resolve))
    const taken = warnings
    warnings = []
    return taken
  }
  beforeEach(() => {
    warnings = []
    process.on('warning', collect)
  })
  afterEach(async () => {
    await take()
    process.off('warning', collect)
  })
  return { take }
}
