import { defer, filter, from, type Observable, type SchedulerLike, share, switchMap } from 'rxjs'
import { type Retry, retryWithJitter } from '../../../operators/retryWithJitter.ts'
import type { Driver } from './driver/Driver.ts'

/** How the connection that listens comes back: soon, and not all at once. */
const RECONNECT = { delay: 50, entropy: 100, backoff: { factor: 2, max: 5_000 }, resetAfter: 10_000 } as const

/** What listening has to be told. */
export interface ListenOptions {
  readonly channels: readonly string[]
  readonly onRetry?: ((error: unknown, retry: Retry) => void) | undefined
  readonly random?: (() => number) | undefined
  readonly scheduler: SchedulerLike
}

/** Gives the hints of one channel; without those of one sender. */
export type HintsOf = (channel: string, except?: string) => Observable<unknown>

/**
 * Listens on one connection of its own, while anybody takes hints. It comes back when it is lost, and hints then, since
 * something may have been missed.
 */
export function listenForHints(driver: () => Promise<Driver>, options: ListenOptions): HintsOf {
  const { channels, onRetry, random, scheduler } = options
  const notifications$ = defer(() => from(driver()).pipe(switchMap((opened) => opened.listen(channels)))).pipe(
    retryWithJitter({ ...RECONNECT, ...(onRetry && { onRetry }) }, random, scheduler),
    share(),
  )
  return (channel, except) =>
    notifications$.pipe(
      filter(
        (notification) =>
          notification === undefined ||
          (notification.channel === channel && (except === undefined || notification.payload !== except)),
      ),
    )
}
