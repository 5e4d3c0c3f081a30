import { type ProjectionHandle, RevisionConflictError, startProjection } from 'rx-projection'
import { type NatsStore, nats } from 'rx-projection/nats'
import { filter, firstValueFrom } from 'rxjs'
import { type OrderEvent, type Sales, sales } from './sales.ts'
import { startServer } from './server.ts'

const given = process.argv[2]
if (given !== undefined) {
  await tour(given)
} else {
  await using server = await startServer()
  await tour(server.url)
}

/** A store as a separate process would open it, with its own connection. */
function open(servers: string, stream: string): NatsStore<OrderEvent> {
  return nats<OrderEvent>({ servers, stream })
}

function work(store: NatsStore<OrderEvent>, worker: string): ProjectionHandle<Sales> {
  const projection = startProjection(sales, { store, exclusive: { owner: worker, ttl: 3_000 } })
  projection.status$.subscribe((status) => console.log(`   ${worker}: ${status}`))
  return projection
}

async function tour(servers: string): Promise<void> {
  const stream = `orders-${process.pid}`
  await using till = open(servers, stream)

  console.log('1. An order and its items are one append: all of it is stored, or nothing.')
  const order: OrderEvent[] = [
    { type: 'OrderPlaced', payload: { shop: 'north' } },
    { type: 'ItemSold', payload: { item: 'tea', cents: 450 } },
    { type: 'ItemSold', payload: { item: 'cake', cents: 380 } },
  ]
  console.log('  ', await till.events.append('order-1', order, { expectedRevision: 0, id: 'till-7/1' }))

  console.log('2. Whoever repeats it, not knowing whether it got through, appends nothing.')
  console.log('  ', await till.events.append('order-1', order, { expectedRevision: 0, id: 'till-7/1' }))

  console.log('3. Of two that expect the same revision one is stored.')
  const change: OrderEvent[] = [{ type: 'ItemSold', payload: { item: 'jam', cents: 290 } }]
  const race = [1, 2].map(() => till.events.append('order-1', change, { expectedRevision: 3 }))
  for (const result of await Promise.allSettled(race)) {
    if (result.status === 'fulfilled') console.log('  ', result.value)
    else if (result.reason instanceof RevisionConflictError) console.log('  ', result.reason.message)
  }

  console.log('4. Of two workers one runs; when it leaves, the other goes on from its snapshot.')
  await using one = open(servers, stream)
  await using two = open(servers, stream)
  const first = work(one, 'worker 1')
  await first.whenCaughtUp()
  const second = work(two, 'worker 2')
  await firstValueFrom(second.telemetry$.pipe(filter(({ type }) => type === 'lease.standby')))
  console.log('   worker 2 stands by')
  await first.stop()
  await second.whenCaughtUp()
  const { position } = await till.events.append('order-2', [{ type: 'OrderPlaced', payload: { shop: 'south' } }])
  console.log('   sales', await second.state({ atLeast: position }))
  await second.stop()
}
