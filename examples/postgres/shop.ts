import { defineProjection, defineProjector } from 'rx-projection'
import type { PostgresContext } from 'rx-projection/postgres'

export type ShopEvent =
  | { type: 'Ordered'; payload: { article: string; pieces: number } }
  | { type: 'Cancelled'; payload: { article: string; pieces: number } }

/** How many pieces of each article are ordered. */
export const demand = defineProjection<Readonly<Record<string, number>>, ShopEvent>({
  name: 'demand',
  version: 1,
  initialState: () => ({}),
  on: {
    Ordered: (state, { payload: { article, pieces } }) => ({ ...state, [article]: (state[article] ?? 0) + pieces }),
    Cancelled: (state, { payload: { article, pieces } }) => ({ ...state, [article]: (state[article] ?? 0) - pieces }),
  },
})

export const TABLES = `
  CREATE TABLE IF NOT EXISTS example_orders (id serial PRIMARY KEY, article text NOT NULL, pieces int NOT NULL);
  CREATE TABLE IF NOT EXISTS example_sold (article text PRIMARY KEY, pieces int NOT NULL);
  TRUNCATE example_orders, example_sold`

/** Keeps a table of the sold articles: one statement for each page, in the transaction that moves the position. */
export const sold = defineProjector<ShopEvent, PostgresContext>({
  name: 'sold',
  async processPage(events, { client }) {
    const pieces = new Map<string, number>()
    for (const { type, payload } of events) {
      const change = type === 'Ordered' ? payload.pieces : -payload.pieces
      pieces.set(payload.article, (pieces.get(payload.article) ?? 0) + change)
    }
    await client.query(
      `INSERT INTO example_sold (article, pieces) SELECT * FROM unnest($1::text[], $2::int[])
       ON CONFLICT (article) DO UPDATE SET pieces = example_sold.pieces + excluded.pieces`,
      [[...pieces.keys()], [...pieces.values()]],
    )
  },
})
