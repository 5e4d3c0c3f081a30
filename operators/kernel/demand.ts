/**
 * How demand travels back up a pipeline: while a page is handed down, a gate stands around the call. A stage that starts
 * asynchronous work on what it was handed holds the gate until that work has settled, and the reader of pages goes on when
 * nobody holds it any more. It is the one thing shared beside a pipeline; nothing outside this file writes it.
 */
export class Gate {
  #holders = 0
  #whenFree: (() => void) | undefined

  /** Whether work on what was handed down is still going on. */
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

/** The gate around the delivery in progress, if there is one. */
export function currentGate(): Gate | undefined {
  return current
}

/** Hands a value down with a gate around the call. */
export function deliver<T>(gate: Gate | undefined, destination: { next(value: T): void }, value: T): void {
  const outer = current
  current = gate
  try {
    destination.next(value)
  } finally {
    current = outer
  }
}
