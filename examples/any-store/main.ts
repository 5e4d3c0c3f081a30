import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore, startProjection } from 'rx-projection'
import { type Vote, votes } from './votes.ts'

// The same program on any store: those with a given URL, otherwise memory and a file.
const folder = mkdtempSync(join(tmpdir(), 'votes-'))
const urls = process.argv.slice(2)
try {
  for (const url of urls.length > 0 ? urls : ['memory:', `sqlite:${join(folder, 'votes.db')}`]) await vote(url)
} finally {
  rmSync(folder, { recursive: true })
}

async function vote(url: string): Promise<void> {
  console.log(`${url.split(':')[0]}:`)
  await using store = await openStore<Vote>(url)
  {
    await using projection = startProjection(votes, { store })
    await projection.whenCaughtUp()
    const before = projection.current!.offset
    const { position } = await store.events.append('ballot', [
      { type: 'Voted', payload: { for: 'tea' } },
      { type: 'Voted', payload: { for: 'coffee' } },
      { type: 'Voted', payload: { for: 'tea' } },
    ])
    const state = await projection.state({ atLeast: position })
    console.log(before === 0 ? '  a new log:' : `  a log with events up to ${before}, and three more:`, state)
  }
  // Stopped, and started again: it continues from its snapshot.
  await using again = startProjection(votes, { store })
  const { offset } = await again.snapshot()
  console.log(`  from a snapshot at ${offset}:`, await again.state())
}
