import { memory, startProjection } from 'rx-projection'
import { firstValueFrom } from 'rxjs'
import type { ShopEvent } from './events.ts'
import { openOrders, revenue, visitors } from './projections.ts'
import { dashboard } from './viewModel.ts'

await using store = memory<ShopEvent>()
await using orders = startProjection(openOrders, { store })
await using paid = startProjection(revenue, { store })
await using here = startProjection(visitors, { store })

const view$ = dashboard({ orders, revenue: paid, visitors: here })
const rendering = view$.subscribe((view) => console.log(view))
await firstValueFrom(view$)

await store.events.append('visits', [
  { type: 'VisitorCame', payload: { visitor: 'anna' } },
  { type: 'VisitorCame', payload: { visitor: 'bert' } },
])
await store.events.append('orders', [
  { type: 'OrderPlaced', payload: { order: 'o-1', customer: 'anna', cents: 1250 } },
  { type: 'OrderPlaced', payload: { order: 'o-2', customer: 'bert', cents: 400 } },
  { type: 'OrderPaid', payload: { order: 'o-1' } },
])
await firstValueFrom(view$)

await store.events.append('orders', [{ type: 'OrderShipped', payload: { order: 'o-1' } }])
await store.events.append('visits', [{ type: 'VisitorLeft', payload: { visitor: 'anna' } }])
await firstValueFrom(view$)
rendering.unsubscribe()
