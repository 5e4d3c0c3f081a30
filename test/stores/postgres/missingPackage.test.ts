import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

const PROGRAM = `
  import { openStore, StoreError } from 'rx-projection'
  import { postgres } from 'rx-projection/postgres'
  const url = 'postgres://ann:secret@127.0.0.1:1/db'
  const store = postgres({ connectionString: url })
  for (const open of [() => store.open(), () => store.events.read({ after: 0, limit: 1 }), () => openStore(url)]) {
    const error = await open().then(() => undefined, (reason) => reason)
    const { message, retryable } = error
    console.log(JSON.stringify({ typed: error instanceof StoreError, message, retryable }))
  }
  await store[Symbol.asyncDispose]()
`

/** A copy of this package, with rxjs beside it and nothing else. */
function withoutPg(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rx-without-pg-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const part of ['package.json', 'src', 'operators'])
    cpSync(join(ROOT, part), join(folder, part), { recursive: true })
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(realpathSync(join(ROOT, 'node_modules/rxjs')), join(folder, 'node_modules/rxjs'))
  writeFileSync(join(folder, 'program.ts'), PROGRAM)
  return folder
}

test('where the package pg is not installed, a StoreError says so, without the password', async () => {
  const cwd = withoutPg()
  const args = ['--conditions=rx-projection-source', 'program.ts']
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd })
  const expected = {
    typed: true,
    message: 'postgres://127.0.0.1:1/db: the package pg is missing: npm install pg',
    retryable: false,
  }
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([expected, expected, expected])
})
