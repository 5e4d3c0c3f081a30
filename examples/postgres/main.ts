import { startProjection, startProjector } from 'rx-projection'
import { postgres } from 'rx-projection/postgres'
import { openDatabase } from './database.ts'
import { demand, type ShopEvent, sold, TABLES } from './shop.ts'

await using db = await openDatabase(process.env.DATABASE_URL)
await db.script(`DROP SCHEMA IF EXISTS example_shop CASCADE; ${TABLES}`)
await using store = postgres<ShopEvent>({
  pool: db.pool,
  schema: 'example_shop',
  onHole: ({ from, to }) => console.log(`   the ids ${from} to ${to} will never come`),
})
await store.open()

console.log('1. A row and its event commit together, or not at all.')
async function order(article: string, pieces: number): Promise<number> {
  return db.transaction(async (client) => {
    await client.query('INSERT INTO example_orders (article, pieces) VALUES ($1, $2)', [article, pieces])
    const event = { type: 'Ordered', payload: { article, pieces } } as const
    const { position } = await store.events.appendWithin(client, `article-${article}`, [event])
    if (pieces > 1_000) throw new Error('nobody has that many')
    return position
  })
}
await order('chair', 4)
await order('table', 5_000).catch(({ message }: Error) => console.log(`   rolled back: ${message}`))
const position = await order('table', 1)
console.log(
  `   two orders, the second one as event ${position}:`,
  await db.query('SELECT count(*)::int FROM example_orders'),
)

console.log('2. A projection passes the hole that is left, and sees what comes.')
await using projection = startProjection(demand, { store })
console.log('   demand', await projection.state({ atLeast: position }))
await store.events.append('article-chair', [{ type: 'Cancelled', payload: { article: 'chair', pieces: 1 } }])
await projection.whenCaughtUp()
console.log('   demand', projection.current?.state)

console.log('3. A projector writes a table, in the transaction that moves its position.')
await using projector = startProjector(sold, { store })
await projector.whenCaughtUp()
for (const row of await db.query('SELECT article, pieces FROM example_sold ORDER BY article')) console.log('  ', row)
