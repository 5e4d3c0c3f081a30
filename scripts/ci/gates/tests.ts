import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Counts, type Gate, NotSo } from '../Gate.ts'
import { CommandError, run } from '../shell.ts'

interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[]
}

/** What the README's test command runs, without the faults: these have a gate of their own. */
export const tests: Gate = testsWith('tests', ['--project', 'facts', '--project', 'apart'])

/** The faults, in all of their cases: the test command runs a few of each. `SEED=n SCHEDULES=1` repeats a random schedule. */
export const faults: Gate = testsWith('faults', ['--project', 'faults'], { THOROUGH: 'true' })

const REACHING = ['operators', 'laws', 'runtime', 'testing', 'stores/memory.test.ts', 'stores/sqlite']

/** The tests that reach the operators, with coverage: no line of an operator is uncovered. */
export const coverage: Gate = testsWith('coverage', [
  ...['--coverage', '--project', 'facts'],
  ...REACHING.map((tests) => `test/${tests}`),
])

function testsWith(name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Gate {
  return { name, run: ({ folder }) => runTests(join(folder, `${name}.json`), args, env) }
}

async function runTests(file: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<Counts> {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
  let failure: CommandError | undefined
  try {
    const output = await run('npm', ['test', '--', ...args, ...reporters], { env, timeout: 1_500_000 })
    const covered = coverageIn(output)
    if (covered !== '') console.log(covered)
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    failure = error
  }
  const report = await readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as Report,
    () => undefined,
  )
  if (report === undefined || report.testResults.length === 0) throw failure ?? new NotSo('no test was run')
  // A file that cannot even be loaded has no tests that could fail.
  const unloaded = report.testResults.filter((one) => one.status === 'failed' && one.assertionResults.length === 0)
  const failed = report.numFailedTests + unloaded.length
  if (failure !== undefined) console.log(failure.output.replace(/^/gm, '    '))
  return {
    passed: report.numPassedTests,
    // What vitest fails for beside a test: coverage under its threshold, an error outside of any test.
    failed: failure !== undefined && failed === 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  }
}

function coverageIn(output: string): string {
  return output
    .split('\n')
    .filter((line) => /^(Statements|Branches|Functions|Lines)\s*:/.test(line))
    .map((line) => `    coverage ${line}`)
    .join('\n')
}
