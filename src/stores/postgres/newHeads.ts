import { Observable, type SchedulerLike } from 'rxjs'

/**
 * Looks for the head of a log again and again while subscribed, and emits when it has moved. A look that fails is a hint
 * too: whoever reads meets the failure itself.
 */
export function newHeads(head: () => Promise<number>, every: number, scheduler: SchedulerLike): Observable<void> {
  return new Observable((subscriber) => {
    let seen: number | undefined
    const look = async (): Promise<void> => {
      const found = await head().catch(() => undefined)
      if (subscriber.closed) return
      const moved = found !== seen || found === undefined
      seen = found
      if (moved) subscriber.next()
      lookLater()
    }
    const lookLater = (): void => {
      if (!subscriber.closed) subscriber.add(scheduler.schedule(() => void look(), every))
    }
    lookLater()
  })
}
