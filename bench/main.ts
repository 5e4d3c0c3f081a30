import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { machine } from './harness/machine.ts'
import { measure } from './harness/measure.ts'
import { parseOptions } from './harness/options.ts'
import type { Outcome } from './harness/outcome.ts'
import { report } from './harness/report.ts'
import type { Row } from './harness/row.ts'
import { table } from './harness/table.ts'
import { PUBLISHED } from './published.ts'
import { rows } from './rows.ts'

/** The short run fails where a goal is missed by this factor: its figures are too noisy for more. */
const GROSS = 2.5

const options = parseOptions(
  process.argv.slice(2),
  rows.map(({ name }) => name),
)
const folder = mkdtempSync(join(tmpdir(), 'rx-projection-bench-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

const outcomes: Outcome[] = []
for (const row of rows) {
  const outcome = await run(row)
  if (outcome !== undefined) outcomes.push(outcome)
}

console.log(`\n${machine()}${options.quick ? ', a short run' : ''}\n\n${table(outcomes)}\n\n${PUBLISHED}`)
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report(outcomes), undefined, 2)}\n`)

const gross = options.quick ? outcomes.filter(({ share }) => share > GROSS) : []
for (const { row, share } of gross) {
  console.error(`\n${row.name} is ${share.toFixed(1)} times its goal: that is no noise`)
}
process.exitCode = gross.length > 0 ? 1 : 0

async function run(row: Row): Promise<Outcome | undefined> {
  const plan = options.quick ? row.quick : row.full
  if (plan === undefined) return undefined
  if (options.only.length > 0 && !options.only.includes(row.name)) return undefined
  console.error(`${row.name} …`)
  return measure(row, plan, folder)
}
