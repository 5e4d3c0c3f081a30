import type { SchedulerLike } from 'rxjs'
import { clockOf } from '../../../../operators/kernel/clock.ts'
import { StoreError } from '../../../../operators/ports/errors/StoreError.ts'
import { codeOf, decisionAbout, isServers } from '../failures.ts'
import { Connections, EXHAUSTED } from './Connections.ts'
import type { Driver, DriverTransaction, Queryable, Row, Value } from './Driver.ts'
import { destroyClient } from './destroyClient.ts'
import { PgSessions } from './PgSessions.ts'
import { pgListen } from './pgListen.ts'
import type { PgClientClass, PgPool, PgPoolClient, PgQuery } from './pgTypes.ts'
import { Reconnects } from './Reconnects.ts'
import { shortName } from './shortName.ts'
import { sizeOf, TransactionSlots } from './TransactionSlots.ts'
import { TransactionWatch } from './TransactionWatch.ts'
import { Waits } from './Waits.ts'

/** After how long without an answer, in ms, a connection that is given up is said to be silent, and not merely slow. */
const SILENCE = 5_000

/** What a driver over `pg` is made of. */
export interface PgDriverOptions {
  readonly pool: PgPool
  /** Makes connections that are not the pool's. */
  readonly Client: PgClientClass
  readonly address: string
  /** Whether the server keeps the plans of statements; a pooler between may not allow it. */
  readonly prepared: boolean
  /** Whether the pool was made for this driver, and ends with it. */
  readonly owned: boolean
  /** How long an answer is waited for, in ms. */
  readonly patience: number
  readonly random: () => number
  readonly scheduler: SchedulerLike
}

/** Makes a driver over a pool of `pg`. */
export function pgDriver(options: PgDriverOptions): Driver {
  const { pool, Client, address, prepared, owned, patience, random, scheduler } = options
  const reconnects = new Reconnects()
  /** For connections, and for answers. */
  const [lending, asking] = [new Waits(patience, scheduler), new Waits(patience, scheduler)]
  const connections = new Connections({ pool, owned, address, waits: lending, reconnects })
  const slots = TransactionSlots.of(pool)
  const now = clockOf(scheduler)
  let connected = false
  const destroyed = Promise.withResolvers<void>()
  const names = new Map<string, string>()
  const nameOf = (text: string): string => {
    const known = names.get(text)
    if (known !== undefined) return known
    const name = shortName('statement', text)
    names.set(text, name)
    return name
  }
  const what = `an answer of ${address}`
  const queryOf = (text: string, values: readonly Value[] = []): PgQuery => ({
    text,
    values: values as unknown[],
    rowMode: 'array',
    ...(prepared && { name: nameOf(text) }),
  })
  /** Waits for an answer on a connection that is lent; one that does not give it is cut. */
  const answer = <T>(client: PgPoolClient, asked: Promise<T>, signal?: AbortSignal): Promise<T> => {
    const began = now()
    return asking.for(asked, {
      what,
      signal,
      // Somebody else may have had less patience.
      giveUp: () => connections.cut(client, now() - began < Math.min(SILENCE, patience) ? 'unwanted' : 'silent'),
    })
  }
  const within = (client: PgPoolClient): Queryable => ({
    query: (text, values, signal) => answer(client, client.query(queryOf(text, values)), signal).then(rowsOf),
  })
  const sessions = new PgSessions({
    pool,
    Client,
    address,
    waits: lending,
    reconnects,
    scheduler,
    on: (client) => ({
      query: (text, values, signal) =>
        repeated(() =>
          asking.for(client.query(queryOf(text, values)), { what, signal, giveUp: () => destroyClient(client) }),
        ).then(rowsOf),
    }),
  })

  /** Each statement is a transaction by itself: where the server has done nothing of it, it is sent again. */
  async function repeated<T>(ask: () => Promise<T>): Promise<T> {
    const began = now()
    for (;;) {
      try {
        return await ask()
      } catch (error) {
        if (decisionAbout(error).repeat !== true || now() - began >= patience) throw error
      }
    }
  }

  async function query(text: string, values?: readonly Value[], signal?: AbortSignal): Promise<readonly Row[]> {
    const client = await connections.lend(signal)
    connected = true
    try {
      const rows = await within(client).query(text, values, signal)
      connections.giveBack(client)
      return rows
    } catch (error) {
      // Not the server's error: a question may still be open on this connection.
      if (codeOf(error) === undefined) connections.cut(client, 'broken')
      connections.giveBack(client, error)
      throw error
    }
  }

  async function transaction<T>(work: (transaction: DriverTransaction) => Promise<T>): Promise<T> {
    const taking = slots.take()
    const giveBack = await lending.for(taking, {
      what: `a connection for a transaction of ${address}`,
      // A line in which others have their turns is only long.
      moved: () => slots.given,
      advice: EXHAUSTED,
      giveUp: () => void taking.then((late) => late()),
    })
    try {
      return await transactionOnSlot(work)
    } finally {
      giveBack()
    }
  }

  async function transactionOnSlot<T>(work: (transaction: DriverTransaction) => Promise<T>): Promise<T> {
    const client = await connections.lend()
    connected = true
    const watch = new TransactionWatch({
      client,
      db: { query },
      every: patience,
      scheduler,
      lost: () => connections.cut(client, 'silent'),
    })
    let failure: unknown
    try {
      // Whatever the default: the statements of the store see what was committed before each of them.
      await answer(client, client.query('BEGIN ISOLATION LEVEL READ COMMITTED'))
      const result = await work({ ...within(client), client })
      const { command } = await answer(client, client.query('COMMIT'))
      // A transaction in which a statement failed is rolled back by its COMMIT, and PostgreSQL calls that a success.
      if (command === 'ROLLBACK') throw new Error('the transaction was rolled back: a statement in it had failed')
      return result
    } catch (error) {
      if (isServers(error)) failure = error
      try {
        await answer(client, client.query('ROLLBACK'))
      } catch {
        // Nobody knows what is open on this connection.
        connections.cut(client, 'broken')
      }
      throw error
    } finally {
      watch.end()
      connections.giveBack(client, failure)
    }
  }

  return {
    query: (text, values, signal) => repeated(() => query(text, values, signal)),
    single: false,
    size: sizeOf(pool),
    source: pool,
    clientMethods: ['query'],
    get connected() {
      return connected
    },
    reconnects$: reconnects.reconnected$,
    transaction,
    session: () => sessions.connect(),
    listen: (channels) =>
      pgListen(channels, { connect: () => sessions.connect(), waits: asking, address, random, scheduler }),
    replaceConnections: () => connections.replaceAll(),
    async close() {
      lending.end(new StoreError(address, 'the store is closed'))
      await Promise.race([Promise.all([connections.close(), sessions.close()]), destroyed.promise])
      reconnects.end()
    },
    destroy() {
      const closed = new StoreError(address, 'the store is closed')
      lending.end(closed)
      asking.end(closed)
      connections.destroy()
      sessions.destroy()
      destroyed.resolve()
    },
  }
}

function rowsOf({ rows }: { readonly rows: unknown[][] }): readonly Row[] {
  return rows
}
