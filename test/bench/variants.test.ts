import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Scale, Variant } from '../../bench/harness/job.ts'
import { type Contender, contendersOf } from '../../bench/harness/row.ts'
import { Servers } from '../../bench/harness/servers.ts'
import { rows } from '../../bench/rows.ts'
import { ACCOUNTS, newEvent } from '../../bench/workload.ts'

const folder = mkdtempSync(join(tmpdir(), 'rx-projection-bench-test-'))
const servers = new Servers()
afterAll(async () => {
  await servers[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

async function resultOf({ variant }: Contender, scale: Scale): Promise<string> {
  const { setUp } = (await import(`../../bench/${variant}`)) as Variant
  const job = await setUp(scale)
  try {
    const first = await job.run()
    const second = await job.run()
    expect(second.result).toBe(first.result)
    return first.result
  } finally {
    await job.tearDown?.()
  }
}

describe('the variants of a benchmark', () => {
  // Those that need a server are skipped, and said aloud, where there is none.
  const own = rows.filter(({ needs, server }) => needs === undefined && (server === undefined || Servers.has(server)))

  it.each(own.map((row) => [row.name, row] as const))('compute the same: %s', async (_, row) => {
    const url = row.server && (await servers.url(row.server))
    const results: string[] = []
    for (const contender of contendersOf(row)) {
      const scale = { events: 2_100, appends: 2, ...contender.scale, folder, ...(url && { url }) }
      results.push(await resultOf(contender, { ...scale, events: Math.min(scale.events, 2_100) }))
    }
    expect(new Set(results).size).toBe(1)
  })

  it('fold all events, not a part of them', async () => {
    const pages = rows.find(({ name }) => name === 'pages')!
    const result = JSON.parse(await resultOf(pages.ours, { events: 2_100, appends: 0, folder }))
    let [deposited, withdrawn] = [0, 0]
    for (let id = 1; id <= 2_100; id++) {
      const { type, payload } = newEvent(id)
      if (type === 'Deposited') deposited += payload.amount
      if (type === 'Withdrawn') withdrawn += payload.amount
    }
    expect(result).toStrictEqual({ offset: 2_100, state: { accounts: ACCOUNTS, deposited, withdrawn }, saves: 5 })
  })
})
