import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { startProjection, startProjector } from 'rx-projection'
import { sqlite } from 'rx-projection/sqlite'
import { firstValueFrom } from 'rxjs'
import { balances } from './balances.ts'
import { balancesByHand } from './byHand.ts'
import type { BankEvent } from './events.ts'
import { STATEMENTS, statements } from './statements.ts'

const folder = mkdtempSync(join(tmpdir(), 'bank-'))
const file = join(folder, 'bank.db')
try {
  await tour()
} finally {
  rmSync(folder, { recursive: true })
}

async function tour(): Promise<void> {
  await using store = sqlite<BankEvent>(file)

  console.log('1. A projection keeps a state up to date, and tells when it is durable.')
  await using projection = startProjection(balances, { store, snapshotEvery: 3 })
  projection.state$.subscribe((state) => console.log('   balances', state))
  projection.snapshot$.subscribe(({ offset }) => console.log(`   durable up to event ${offset}`))
  await store.events.append('accounts', [
    { type: 'AccountOpened', payload: { account: 'A-1', owner: 'Anna' } },
    { type: 'AccountOpened', payload: { account: 'A-2', owner: 'Bert' } },
    { type: 'Deposited', payload: { account: 'A-1', cents: 10_000 } },
  ])
  await projection.whenCaughtUp()

  console.log('2. Read your own writes: wait for the position that an append returned.')
  const { position, revision } = await store.events.append(
    'accounts',
    [{ type: 'Transferred', payload: { from: 'A-1', to: 'A-2', cents: 2_500 } }],
    { expectedRevision: 3 },
  )
  console.log(`   event ${position}, revision ${revision}:`, await projection.state({ atLeast: position }))

  console.log('3. A projector writes tables of its own, in the transaction that moves its position.')
  using tables = new DatabaseSync(file)
  tables.exec(STATEMENTS)
  await using projector = startProjector(statements, { store })
  await projector.whenCaughtUp()
  for (const line of tables.prepare('SELECT account, cents, text FROM statements ORDER BY account, position').all()) {
    console.log('  ', { ...line })
  }

  console.log('4. The same projection, its pipeline put together by hand.')
  const { offset, state } = await firstValueFrom(
    balancesByHand({ ...store, snapshots: { ...store.snapshots, load: () => undefined } }),
  )
  console.log(`   after event ${offset}:`, state)
}
