import { config } from 'rxjs'
import { afterEach, beforeEach } from 'vitest'

/** Collects what RxJS reports as unhandled during each test of a file; a test that leaves some of it fails. */
export function collectUnhandled(): { take(): Promise<unknown[]> } {
  let errors: unknown[] = []
  const take = async (): Promise<unknown[]> => {
    await nextTask()
    const taken = errors
    errors = []
    return taken
  }
  beforeEach(() => {
    errors = []
    config.onUnhandledError = (error) => {
      errors.push(error)
    }
  })
  afterEach(async () => {
    const left = await take()
    config.onUnhandledError = null
    if (left.length > 0) throw new AggregateError(left, `${left.length} unhandled: ${left.map(String).join('; ')}`)
  })
  return { take }
}

/** RxJS reports in a task of its own: after this one it has. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve))
}
