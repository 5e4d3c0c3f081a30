import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test as it, onTestFinished } from 'vitest'
import { lendDatabase } from '../support/lentPostgres.ts'
import { natsServerIsInstalled, startNatsServer } from '../support/natsServer.ts'
import { postgresPrograms, withoutServer } from '../support/postgresServer.ts'

async function printed(...urls: string[]): Promise<string> {
  const args = ['--conditions=rx-projection-source', 'examples/any-store/main.ts', ...urls]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args)
  expect(stderr).toBe('')
  return stdout
}

it('the votes are counted in memory and in a file', async () => {
  expect(await printed()).toBe(`memory:
  a new log: { tea: 2, coffee: 1 }
  from a snapshot at 3: { tea: 2, coffee: 1 }
sqlite:
  a new log: { tea: 2, coffee: 1 }
  from a snapshot at 3: { tea: 2, coffee: 1 }
`)
})

if (postgresPrograms === undefined) withoutServer('examples/any-store')
it.runIf(postgresPrograms !== undefined && natsServerIsInstalled)(
  'and on servers, where a second run goes on from the first',
  { timeout: 60_000 },
  async () => {
    const postgres = await lendDatabase()
    onTestFinished(() => postgres.drop())
    const nats = await startNatsServer()
    onTestFinished(async () => await nats[Symbol.asyncDispose]())
    const urls = [postgres.url, `${nats.url}/votes`]
    const first = '  a new log: { tea: 2, coffee: 1 }\n  from a snapshot at 3: { tea: 2, coffee: 1 }\n'
    expect(await printed(...urls)).toBe(`postgres:\n${first}nats:\n${first}`)
    const second =
      '  a log with events up to 3, and three more: { tea: 4, coffee: 2 }\n  from a snapshot at 6: { tea: 4, coffee: 2 }\n'
    expect(await printed(...urls)).toBe(`postgres:\n${second}nats:\n${second}`)
  },
)
