import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'

async function printed(main: string): Promise<string> {
  const args = ['--conditions=rx-projection-source', main]
  const { DATABASE_URL: _, ...env } = process.env
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { env })
  expect(stderr).toBe('')
  return stdout
}

describe('the examples on PGlite', { timeout: 60_000 }, () => {
  test('the shop: one transaction, a hole that is passed, a table that is kept', async () => {
    const text = await printed('examples/postgres/main.ts')
    expect(text).toContain('two orders, the second one as event 3: [ { count: 2 } ]')
    expect(text).toContain('the ids 2 to 2 will never come')
    expect(text).toContain('demand { chair: 3, table: 1 }')
    expect(text).toContain("{ article: 'chair', pieces: 3 }")
  })

  test('the existing table: read, followed, and refused when it cannot be read safely', async () => {
    const text = await printed('examples/postgres-existing-table/main.ts')
    expect(text).toContain("{ 'A-1': 70, 'A-2': 50 }")
    expect(text).toContain("{ 'A-1': 70, 'A-2': 75 }")
    expect(text).toContain('with CACHE 50')
  })
})
