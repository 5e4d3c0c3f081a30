import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installEmmett } from './harness/installEmmett.ts'
import { machine } from './harness/machine.ts'
import { measure } from './harness/measure.ts'
import { type Options, parseOptions } from './harness/options.ts'
import type { Outcome } from './harness/outcome.ts'
import { report } from './harness/report.ts'
import type { Plan, Row } from './harness/row.ts'
import { type ServerKind, Servers } from './harness/servers.ts'
import { table } from './harness/table.ts'
import { PUBLISHED } from './published.ts'
import { rows } from './rows.ts'

/** The short run fails where a goal is missed by this factor: its figures are too noisy for more. */
const GROSS = 2.5

const options = optionsOrExit()
const folder = mkdtempSync(join(tmpdir(), 'rx-projection-bench-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void servers[Symbol.asyncDispose]().finally(() => process.exit(130)))
}

const servers = new Servers()
const skipped: string[] = []
const failed: string[] = []
const outcomes: Outcome[] = []
for (const row of chosen()) {
  console.error(`${row.name} …`)
  try {
    const server = row.server && { url: await servers.url(row.server) }
    outcomes.push(await measure(row, planOf(row)!, { folder, ...server }))
  } catch (error) {
    failed.push(`FAILED: ${row.name}: ${(error as Error).message}`)
  }
}

await servers[Symbol.asyncDispose]()

console.log(
  `\n${machine()}${options.quick ? ', a short run with fewer events' : ''}\n\n${table(outcomes)}\n\n${PUBLISHED}`,
)
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report(outcomes), undefined, 2)}\n`)

const gross = options.quick ? outcomes.filter(({ share }) => share > GROSS) : []
for (const { row, share } of gross) failed.push(`${row.name} is ${share.toFixed(1)} times its goal: that is no noise`)
for (const line of [...skipped, ...failed]) console.error(`\n${line}`)
process.exitCode = failed.length > 0 ? 1 : 0

function optionsOrExit(): Options {
  try {
    return parseOptions(
      process.argv.slice(2),
      rows.map(({ name }) => name),
    )
  } catch (error) {
    console.error((error as Error).message)
    process.exit(2)
  }
}

function planOf(row: Row): Plan | undefined {
  return options.quick ? row.quick : row.full
}

/** The rows that were asked for and can be run; why the others cannot is said in a loud line. */
function chosen(): readonly Row[] {
  let able = rows.filter((row) => planOf(row) && (options.only.length === 0 || options.only.includes(row.name)))
  for (const server of ['postgres', 'nats'] satisfies ServerKind[]) {
    if (!Servers.has(server)) able = without(able, (row) => row.server === server, `there is no ${server} server here`)
  }
  if (!able.some(({ needs }) => needs === 'emmett')) return able
  const failure = installEmmett()
  if (failure === undefined) return able
  return without(able, ({ needs }) => needs === 'emmett', `Emmett's packages cannot be installed (${failure})`)
}

function without(all: readonly Row[], unable: (row: Row) => boolean, why: string): Row[] {
  const names = all.filter(unable).map(({ name }) => name)
  if (names.length > 0) skipped.push(`SKIPPED, since ${why}: ${names.join(', ')}`)
  return all.filter((row) => !unable(row))
}
