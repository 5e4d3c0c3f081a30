/** A call of a controlled function, which a test answers when it wants to. */
export interface Call<Args extends readonly unknown[], Result> {
  readonly args: Args
  resolve(value: Result): Promise<void>
  reject(error: unknown): Promise<void>
}

/** An asynchronous function whose calls wait until the test answers them. */
export interface Controlled<Args extends readonly unknown[], Result> {
  (...args: Args): Promise<Result>
  readonly calls: readonly Call<Args, Result>[]
}

/** Makes a controlled function: no clock and no chance decides in which order things happen. */
export function controlled<Args extends readonly unknown[], Result>(): Controlled<Args, Result> {
  const calls: Call<Args, Result>[] = []
  const call = (...args: Args): Promise<Result> => {
    const { promise, resolve, reject } = Promise.withResolvers<Result>()
    calls.push({
      args,
      resolve: (value) => {
        resolve(value)
        return promises()
      },
      reject: (error) => {
        reject(error)
        return promises()
      },
    })
    return promise
  }
  return Object.assign(call, { calls })
}

/** Lets everything go on that waits for promises which are settled. */
export function promises(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** A handler of events whose calls the test answers one after the other. */
export interface SlowHandler {
  readonly handle: Controlled<[event: unknown], string>
  handled(): number
  /** Answers the oldest call that waits. */
  answer(): Promise<void>
}

/** Makes a slow handler. */
export function slowHandler(): SlowHandler {
  const handle = controlled<[event: unknown], string>()
  let answered = 0
  return {
    handle,
    handled: () => handle.calls.length,
    answer: () => handle.calls[answered++]!.resolve(''),
  }
}
