import { parseArguments, UsageError } from './arguments.ts'
import { complaintOf } from './complaints.ts'
import { run } from './run.ts'
import { View } from './View.ts'

/** The signals that end a run, and the exit code of an unfinished one. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

/** A second Ctrl-C, this many ms or more after the first, ends the run immediately. An earlier one is the same, forwarded by npm. */
const INSISTING = 1_000

async function main(): Promise<number> {
  const interrupted = new AbortController()
  let exitCode = 0
  let since = Infinity
  for (const [name, code] of Object.entries(SIGNALS)) {
    process.on(name, () => {
      if (performance.now() - since > INSISTING) process.exit(code)
      if (exitCode === 0) since = performance.now()
      exitCode = code
      interrupted.abort()
    })
  }
  let unwritable: NodeJS.ErrnoException | undefined
  process.stdout.on('error', (error) => {
    unwritable = error
    interrupted.abort()
  })
  const view = new View(process.stdout, process.stderr, process.env)
  try {
    const done = await run(parseArguments(process.argv.slice(2), folderOfUser()), view, interrupted.signal)
    // The reader of the output may have closed it, as in `npm start | head`.
    if (unwritable !== undefined && unwritable.code !== 'EPIPE') throw unwritable
    return done ? 0 : exitCode
  } catch (error) {
    if (error instanceof UsageError && error.exitCode === 0) {
      process.stdout.write(`${error.message}\n`)
      return 0
    }
    const complaint = complaintOf(error)
    // An unexpected error is a fault of the program, so print its stack.
    if (complaint === undefined) throw error
    view.warning(complaint)
    return 2
  }
}

/** The user's current folder: `npm start` itself runs in the folder of the project. */
function folderOfUser(): string {
  const { npm_lifecycle_event, INIT_CWD } = process.env
  return npm_lifecycle_event === 'start' && INIT_CWD ? INIT_CWD : process.cwd()
}

process.exitCode = await main()
