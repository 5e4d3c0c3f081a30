import { memory, startProjection } from 'rx-projection'
import { TestScheduler } from 'rxjs/testing'
import { describe, expect, it } from 'vitest'
import type { ShopEvent } from '../../examples/dashboard-state/events.ts'
import { openOrders, revenue, visitors } from '../../examples/dashboard-state/projections.ts'
import { type Dashboard, dashboard } from '../../examples/dashboard-state/viewModel.ts'

const empty: Dashboard = {
  freshness: 'live',
  toShip: [],
  awaitingPayment: 0,
  revenue: '0.00 €',
  visitors: 0,
  ordersPerVisitor: '–',
}

describe('the dashboard', () => {
  it('shows one view a burst, of all its projections, as time goes by', () => {
    const scheduler = new TestScheduler((actual, expected) => expect(actual).toStrictEqual(expected))
    scheduler.run(({ expectObservable, cold }) => {
      const store = memory<ShopEvent>()
      const options = { store, scheduler }
      const handles = {
        orders: startProjection(openOrders, options),
        revenue: startProjection(revenue, options),
        visitors: startProjection(visitors, options),
      }
      const burst = [
        () =>
          store.events.append('orders', [
            { type: 'OrderPlaced', payload: { order: 'o-1', customer: 'anna', cents: 1250 } },
            { type: 'OrderPlaced', payload: { order: 'o-2', customer: 'bert', cents: 400 } },
          ]),
        () => store.events.append('visits', [{ type: 'VisitorCame', payload: { visitor: 'anna' } }]),
        () => store.events.append('orders', [{ type: 'OrderPaid', payload: { order: 'o-1' } }]),
      ]
      cold('100ms (abc)', { a: 0, b: 1, c: 2 }).subscribe((step) => burst[step]?.())
      cold('200ms a').subscribe(() =>
        store.events.append('orders', [{ type: 'OrderShipped', payload: { order: 'o-1' } }]),
      )

      const busy = {
        ...empty,
        toShip: ['o-1'],
        awaitingPayment: 1,
        revenue: '12.50 €',
        visitors: 1,
        ordersPerVisitor: '2.0',
      }
      expectObservable(dashboard(handles, scheduler), '^ 300ms !').toBe('16ms a 99ms b 99ms c', {
        a: empty,
        b: busy,
        c: { ...busy, toShip: [], ordersPerVisitor: '1.0' },
      })
      cold('300ms a').subscribe(() => {
        for (const handle of Object.values(handles)) handle.stop()
      })
    })
  })

  it('says that it is out of date while a projection tries again', () => {
    const scheduler = new TestScheduler((actual, expected) => expect(actual).toStrictEqual(expected))
    scheduler.run(({ expectObservable, cold }) => {
      const store = memory<ShopEvent>()
      let broken = true
      const flaky = {
        ...store,
        events: {
          ...store.events,
          read: (...asked: Parameters<typeof store.events.read>) => {
            if (broken) throw new Error('no connection')
            return store.events.read(...asked)
          },
        },
      }
      const retry = { delay: 50, entropy: 0 }
      const handles = {
        orders: startProjection(openOrders, { store: flaky, scheduler, retry }),
        revenue: startProjection(revenue, { store, scheduler }),
        visitors: startProjection(visitors, { store, scheduler }),
      }
      cold('40ms a').subscribe(() => {
        broken = false
      })
      expectObservable(dashboard(handles, scheduler), '^ 100ms !').toBe('16ms a 49ms b', {
        a: { ...empty, freshness: 'out of date' },
        b: empty,
      })
      cold('100ms a').subscribe(() => {
        for (const handle of Object.values(handles)) handle.stop()
      })
    })
  })
})
