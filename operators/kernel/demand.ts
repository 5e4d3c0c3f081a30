/**
 * Carries demand back up a pipeline: while the reader delivers a page, a gate is open around the call. A stage that starts
 * asynchronous work on its input holds the gate until that work has settled. The reader of pages continues when nothing holds
 * the gate any more. The gate is the only state shared outside a pipeline, and only this file writes it.
 */
export class Gate {
  #holders = 0
  #whenFree: (() => void) | undefined

  /** Whether work on the delivered value is still running. */
  get held(): boolean {
    return this.#holders > 0
  }

  hold(): void {
    this.#holders++
  }

  release(): void {
    if (--this.#holders > 0) return
    const whenFree = this.#whenFree
    this.#whenFree = undefined
    whenFree?.()
  }

  /** Calls back once, when the last holder has released. */
  onceFree(callback: () => void): void {
    this.#whenFree = callback
  }
}

let current: Gate | undefined

/** The gate around the delivery in progress; `undefined` if there is none. */
export function currentGate(): Gate | undefined {
  return current
}

/** Delivers a value with a gate around the call. */
export function deliver<T>(gate: Gate | undefined, destination: { next(value: T): void }, value: T): void {
  const outer = current
  current = gate
  try {
    destination.next(value)
  } finally {
    current = outer
  }
}
