/**
 * Paces the attempts to connect again, for the client's `reconnectDelayHandler`. The client itself counts from the wall
 * clock: after a step back by an hour it would not try for an hour. So it is only told to wait, or not to.
 *
 * @param least how long an attempt waits for at least, in ms, since the one before.
 * @param jitter how much longer it waits at most, in ms.
 */
export function steadyReconnects(least: number, jitter: number): () => number {
  let next = -Infinity
  return () => {
    const now = performance.now()
    if (now < next) return Math.ceil(next - now)
    next = now + least + Math.random() * jitter
    return -Infinity
  }
}
