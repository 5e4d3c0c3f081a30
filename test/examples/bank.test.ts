import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { HandlerError, memory, startProjector } from 'rx-projection'
import { sqlite } from 'rx-projection/sqlite'
import { filter, firstValueFrom, take, toArray } from 'rxjs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { balancesByHand } from '../../examples/bank/byHand.ts'
import type { BankEvent } from '../../examples/bank/events.ts'
import { STATEMENTS, statements } from '../../examples/bank/statements.ts'

const deposit = (cents: number): BankEvent => ({ type: 'Deposited', payload: { account: 'A-1', cents } })

describe('the bank', () => {
  it('tells its tour from the first append to the last snapshot', async () => {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [
      '--conditions=rx-projection-source',
      'examples/bank/main.ts',
    ])
    expect(stderr).toBe('')
    expect(stdout).toContain("balances { 'A-1': 10000, 'A-2': 0 }")
    expect(stdout).toContain("event 4, revision 4: { 'A-1': 7500, 'A-2': 2500 }")
    expect(stdout).toContain("{ account: 'A-2', cents: 2500, text: 'from A-1' }")
    expect(stdout).toContain("after event 4: { 'A-1': 7500, 'A-2': 2500 }")
    expect(stdout.trimEnd()).toMatch(/durable up to event 4$/)
  })

  it('folds by hand what comes, and goes on from its last snapshot', async () => {
    const store = memory<BankEvent>()
    await store.events.append('accounts', [deposit(5), deposit(6)])
    const first = firstValueFrom(balancesByHand(store).pipe(take(2), toArray()))
    await store.events.append('accounts', [deposit(7)])
    expect((await first).map(({ offset, state }) => [offset, state])).toStrictEqual([
      [2, { 'A-1': 11 }],
      [3, { 'A-1': 18 }],
    ])
    store.snapshots.save('balances', 1, { offset: 3, state: { 'A-1': 1_000 } })
    await store.events.append('accounts', [deposit(1)])
    const { state } = await firstValueFrom(balancesByHand(store).pipe(filter(({ offset }) => offset === 4)))
    expect(state).toStrictEqual({ 'A-1': 1_001 })
  })

  it('writes each statement once, also when writing failed half-way', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bank-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    await using store = sqlite<BankEvent>(join(folder, 'bank.db'))
    using tables = new DatabaseSync(join(folder, 'bank.db'))
    tables.exec(STATEMENTS)
    await store.events.append('accounts', [
      { type: 'AccountOpened', payload: { account: 'A-1', owner: 'Anna' } },
      deposit(100),
      { type: 'Transferred', payload: { from: 'A-1', to: 'A-2', cents: 40 } },
    ])
    // The second line of the transfer cannot be written: then the first one must not stay either.
    tables.exec("INSERT INTO statements VALUES (3, 'A-2', 0, 'in the way')")
    const failed = startProjector(statements, { store, handlerFailures: 1 })
    await expect(failed.whenCaughtUp()).rejects.toBeInstanceOf(HandlerError)
    expect(store.positions.load('statements')).toBe(2)
    tables.exec("DELETE FROM statements WHERE text = 'in the way'")

    await using projector = startProjector(statements, { store })
    await projector.whenCaughtUp()
    const lines = tables.prepare('SELECT position, account, cents FROM statements ORDER BY position, account').all()
    expect(lines.map((line) => Object.values(line))).toStrictEqual([
      [2, 'A-1', 100],
      [3, 'A-1', -40],
      [3, 'A-2', 40],
    ])
  })
})
