import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { startProjector } from 'rx-projection'
import { postgres } from 'rx-projection/postgres'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { THOROUGH } from '../../support/thorough.ts'
import { ledger, pagedLedger } from './support/ledger.ts'
import { describeOnOwnServer } from './support/onServer.ts'
import { newSchema } from './support/openers.ts'
import { type Fate, startProxy } from './support/proxy.ts'

const EVENTS = 3
/** Of the statements of a run, every one is the fatal one, or every third. */
const STEP = THOROUGH ? 1 : 3
const CRASHES = THOROUGH ? 12 : 4
const TIMEOUT = 40_000
const projectors = { 'event by event': ledger, 'page by page': pagedLedger } as const
const quickly = { retry: { delay: 1, entropy: 0 } } as const
const never = { retry: { delay: 1, entropy: 0, count: 0 } } as const

let ledgers = 0

describeOnOwnServer('a projector writes each event exactly once', (on) => {
  const schema = newSchema()

  interface Case {
    readonly table: string
    written(): Promise<readonly number[]>
  }

  beforeAll(async () => {
    await using store = postgres({ connectionString: on.url, schema })
    for (let number = 0; number < EVENTS; number++) await store.events.append('a', [{ type: 'A', payload: number }])
  })

  /** A table to write to, by a projector with a position of its own. */
  async function newCase(): Promise<Case> {
    const table = `ledger_${++ledgers}`
    await on.run(`CREATE TABLE ${table} (event bigint)`)
    return {
      table,
      async written() {
        return (await on.run(`SELECT event::int FROM ${table} ORDER BY ctid`)).rows.map(({ event }) => event)
      },
    }
  }

  /** Runs a projector through a proxy; the number of statements that it sent. */
  async function run(
    { table }: Case,
    kind: keyof typeof projectors,
    fateOf: (statement: number) => Fate | Promise<Fate>,
    retry: typeof quickly | typeof never,
  ): Promise<number> {
    const proxy = await startProxy(on.url, fateOf)
    const store = postgres({ connectionString: proxy.url, schema })
    const projector = startProjector(projectors[kind](table), { store, instance: table, ...retry })
    projector.position$.subscribe({ error: () => undefined })
    await projector.whenProcessed(EVENTS, { timeout: TIMEOUT }).catch((error: unknown) => {
      if (retry !== never) throw error
    })
    await projector.stop()
    const { statements } = proxy
    await store[Symbol.asyncDispose]()
    await proxy.close()
    return statements
  }

  for (const kind of Object.keys(projectors) as (keyof typeof projectors)[]) {
    for (const how of ['cut before', 'cut after'] as const) {
      test(`${kind}, whichever statement its process is ${how}`, { timeout: TIMEOUT }, async () => {
        const statements = await run(await newCase(), kind, () => 'pass', never)
        expect(statements).toBeGreaterThan(8)
        for (let fatal = 1; fatal <= statements; fatal += STEP) {
          const at = await newCase()
          await run(at, kind, (statement) => (statement === fatal ? how : 'pass'), never)
          const before = await at.written()
          expect([fatal, before]).toEqual([fatal, [1, 2, 3].slice(0, before.length)])
          await run(at, kind, () => 'pass', never)
          expect([fatal, await at.written()]).toEqual([fatal, [1, 2, 3]])
        }
      })
    }
  }

  test('whichever statement the server crashes at, in one run', { timeout: TIMEOUT }, async () => {
    const at = await newCase()
    let crashes = 0
    // Each crash costs some statements to begin again: the next one is a little further on.
    let next = 4
    const fateOf = async (statement: number): Promise<Fate> => {
      if (statement !== next || crashes >= CRASHES) return 'pass'
      crashes++
      next += 5 + (crashes % 7)
      await on.server.crashAndRestart()
      return 'cut before'
    }
    await run(at, 'event by event', fateOf, quickly)
    expect(await at.written()).toEqual([1, 2, 3])
  })

  test('when its process is killed at one statement after the other', { timeout: TIMEOUT }, async () => {
    const at = await newCase()
    const script = fileURLToPath(new URL('support/projectorProcess.ts', import.meta.url))
    let child: ChildProcess | undefined
    onTestFinished(() => void child?.kill('SIGKILL'))
    const statements = await run(await newCase(), 'event by event', () => 'pass', never)
    let killed = 0
    for (let fatal = statements - 4 * EVENTS + 1; fatal <= statements; fatal += 2 * STEP) {
      const proxy = await startProxy(on.url, (statement) => {
        if (statement !== fatal) return 'pass'
        killed++
        child!.kill('SIGKILL')
        return 'pass'
      })
      child = spawn(
        process.execPath,
        ['--conditions=rx-projection-source', script, proxy.url, schema, at.table, String(EVENTS)],
        { stdio: ['ignore', 'ignore', 'inherit'] },
      )
      await once(child, 'exit')
      await proxy.close()
      const before = await at.written()
      expect(before).toEqual([1, 2, 3].slice(0, before.length))
      if (before.length === EVENTS) break
    }
    expect(killed).toBeGreaterThan(1)
    await run(at, 'event by event', () => 'pass', never)
    expect(await at.written()).toEqual([1, 2, 3])
  })
})
