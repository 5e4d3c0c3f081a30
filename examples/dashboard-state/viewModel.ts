import type { ProjectionHandle, StateOf, Status } from 'rx-projection'
import { auditTime, combineLatest, distinctUntilChanged, map, type Observable, type SchedulerLike, share } from 'rxjs'
import type { openOrders, revenue, visitors } from './projections.ts'

/** The data that a dashboard shows. Any component framework can render it. */
export interface Dashboard {
  readonly freshness: 'loading' | 'live' | 'out of date'
  readonly toShip: readonly string[]
  readonly awaitingPayment: number
  readonly revenue: string
  readonly visitors: number
  readonly ordersPerVisitor: string
}

/** The handles that the dashboard reads. */
export interface Handles {
  readonly orders: ProjectionHandle<StateOf<typeof openOrders>>
  readonly revenue: ProjectionHandle<StateOf<typeof revenue>>
  readonly visitors: ProjectionHandle<StateOf<typeof visitors>>
}

/**
 * One view model of three projections. It changes at most once every 16 ms, however many events a burst has, and only
 * when the visible data has changed.
 */
export function dashboard({ orders, revenue, visitors }: Handles, scheduler?: SchedulerLike): Observable<Dashboard> {
  return combineLatest({
    orders: orders.state$,
    revenue: revenue.state$,
    visitors: visitors.state$,
    statuses: combineLatest([orders.status$, revenue.status$, visitors.status$]),
  }).pipe(
    auditTime(16, scheduler),
    map(({ orders, revenue, visitors, statuses }) => ({
      freshness: freshness(statuses),
      toShip: orders.filter(({ paid }) => paid).map(({ order }) => order),
      awaitingPayment: orders.filter(({ paid }) => !paid).length,
      revenue: `${(revenue.cents / 100).toFixed(2)} €`,
      visitors: visitors.length,
      ordersPerVisitor: visitors.length === 0 ? '–' : (orders.length / visitors.length).toFixed(1),
    })),
    distinctUntilChanged((before, after) => JSON.stringify(before) === JSON.stringify(after)),
    share(),
  )
}

function freshness(statuses: readonly Status[]): Dashboard['freshness'] {
  if (statuses.every((status) => status === 'live')) return 'live'
  return statuses.includes('retrying') ? 'out of date' : 'loading'
}
