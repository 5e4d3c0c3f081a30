// Everything that has to hold before a change is taken. Run by .ci/run after `npm ci`; `npm run ci` does the same by hand.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Counts, type Gate, Skipped } from './Gate.ts'
import { gates } from './gates/index.ts'
import { makeWorkplace } from './makeWorkplace.ts'
import { CommandError } from './shell.ts'

const only = process.argv.slice(2)
const chosen = only.length === 0 ? gates : gates.filter(({ name }) => only.includes(name))
const folder = await mkdtemp(join(tmpdir(), 'rx-projection-ci-'))
const workplace = makeWorkplace(folder)
let total: Counts = { passed: 0, failed: 0, skipped: 0 }

try {
  for (const gate of chosen) total = add(total, await tryGate(gate))
} finally {
  await rm(folder, { recursive: true, force: true })
}

const inCi = process.env.CI === 'true'
if (inCi && total.skipped > 0) console.log('CI=true: what is skipped counts as a failure')
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exitCode = total.failed > 0 || (inCi && total.skipped > 0) || total.passed === 0 ? 1 : 0

async function tryGate(gate: Gate): Promise<Counts> {
  const begin = performance.now()
  const say = (verdict: string, note = ''): void => {
    const seconds = ((performance.now() - begin) / 1_000).toFixed(1).padStart(6)
    console.log(`${verdict.padEnd(5)}${seconds} s  ${gate.name}${note === '' ? '' : `: ${note}`}`)
  }
  try {
    const found = await gate.run(workplace)
    if (typeof found !== 'object') {
      say('ok', found)
      return { passed: 1, failed: 0, skipped: 0 }
    }
    say(found.failed > 0 ? 'FAIL' : 'ok', `${found.passed} passed, ${found.failed} failed, ${found.skipped} skipped`)
    return found
  } catch (error) {
    if (error instanceof Skipped) {
      say('SKIP', error.message)
      return { passed: 0, failed: 0, skipped: 1 }
    }
    say('FAIL', error instanceof Error ? error.message : String(error))
    if (error instanceof CommandError) console.log(error.output.replace(/^/gm, '    '))
    return { passed: 0, failed: 1, skipped: 0 }
  }
}

function add(one: Counts, other: Counts): Counts {
  return {
    passed: one.passed + other.passed,
    failed: one.failed + other.failed,
    skipped: one.skipped + other.skipped,
  }
}
