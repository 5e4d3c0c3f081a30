// Runs examples one after the other in this process, and writes down what each printed, and what it failed with.
import { AsyncLocalStorage } from 'node:async_hooks'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { formatWithOptions } from 'node:util'
import { oneLine } from './fences.ts'
import type { Outcome } from './proof.ts'

interface Job {
  readonly name: string
  readonly file: string
  readonly prints: string
}

const PATIENCE = 20_000
const [folder] = process.argv.slice(2) as [string]
const jobs: readonly Job[] = JSON.parse(readFileSync(join(folder, 'jobs.json'), 'utf8'))
const outcomes = new Map(
  jobs.map(({ name }) => [name, { printed: [] as string[] } as { printed: string[]; error?: string }]),
)
/** Whose turn it is, also for what an example does later: its timers, and its promises. */
const turn = new AsyncLocalStorage<string>()
let current = ''

const print = (...values: readonly unknown[]): void => {
  const text = formatWithOptions({ breakLength: Infinity, compact: 20, depth: 8 }, ...values)
  outcomes.get(turn.getStore() ?? current)?.printed.push(text)
}
Object.assign(console, { log: print, info: print, warn: print, error: print })

const fail = (error: unknown): void => {
  const outcome = outcomes.get(turn.getStore() ?? current)
  if (outcome !== undefined) outcome.error ??= error instanceof Error ? (error.stack ?? error.message) : String(error)
}
process.on('uncaughtException', fail)
process.on('unhandledRejection', fail)

for (const { name, file, prints } of jobs) {
  current = name
  process.stderr.write(`${name}\n`)
  const outcome = outcomes.get(name)!
  const place = join(folder, `${file}.files`)
  mkdirSync(place)
  process.chdir(place)
  const given = Date.now()
  // The file is loaded within the turn, so that all that it starts belongs to it.
  const done = turn.run(name, () => import(pathToFileURL(join(folder, file)).href)).catch(fail)
  // Ended with the example: a patience that runs on would be over in the middle of another one.
  const ended = new AbortController()
  const patience = wait(PATIENCE, undefined, { signal: ended.signal }).then(
    () => fail(new Error('it did not come to its end')),
    () => undefined,
  )
  await Promise.race([done, patience])
  ended.abort()
  while (outcome.error === undefined && oneLine(outcome.printed).length < prints.length) {
    if (Date.now() - given > PATIENCE) break
    await wait(5)
  }
}
// What prints more than it says has a moment to do so.
await wait(50)
process.chdir(folder)
const result: Record<string, Outcome> = Object.fromEntries(outcomes)
writeFileSync('outcomes.json', JSON.stringify(result))
process.exit(0)
