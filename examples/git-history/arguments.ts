import { resolve } from 'node:path'
import { Command, CommanderError, InvalidArgumentError } from 'commander'

/** The options that a user chose. */
export interface Arguments {
  /** The folder of a repository; if absent, this project's own. */
  readonly repo?: string
  /** The database file of the log; if absent, one inside the repository's git folder. */
  readonly db?: string
  /** A file or folder in the repository to report on. */
  readonly path?: string
  readonly watch: boolean
}

/** A wrong use of the command line, or a request for help. `message` is the text to print. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly exitCode: number

  constructor(message: string, exitCode: number) {
    super(message)
    this.exitCode = exitCode
  }
}

const DETAILS = `
The commits become events in a log, a SQLite file, and the read models are
folded from it. The next run reads only what is new. The log lies in the
repository's git folder (.git/rx-projection/git-history.db) unless --db names
another file. Delete it, and the next run begins anew.

Ctrl-C ends it at any time; nothing that was imported is lost.

Exit codes: 0 done, also a watch that was ended; 2 wrong use, no repository or
no log that can be read; 130 interrupted.
`

/**
 * Reads the command line.
 *
 * @param folder the base of relative paths.
 * @throws {UsageError} the command line is wrong (exit code 2), or asks for help (exit code 0).
 */
export function parseArguments(args: readonly string[], folder: string): Arguments {
  let output = ''
  const command = new Command('git-history')
    .usage('[options]')
    .description('Who knows which part of a git repository, and when its people work: live read models of its history.')
    .option('--repo <folder>', "the git repository to read (default: this project's own)", (text) =>
      absolute(text, folder),
    )
    .option('--watch', 'stay, and show each new commit')
    .option('--path <path>', 'tell who knows this file or folder of the repository', nonEmpty)
    .option('--db <file>', 'keep the log in this file', (text) => absolute(text, folder))
    .helpOption('-h, --help', 'show this')
    .addHelpText('after', DETAILS)
    .allowExcessArguments(false)
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        output += text
      },
      writeErr: () => {},
    })
  try {
    return { watch: false, ...command.parse(args, { from: 'user' }).opts<Partial<Arguments>>() }
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) throw new UsageError(output.trimEnd(), 0)
    const complaint = error.message.replace(/^error: |\.$/g, '').replace(/\s*\n\s*/g, ' ')
    throw new UsageError(`${complaint}; --help shows what there is`, 2)
  }
}

function nonEmpty(text: string): string {
  if (text === '') throw new InvalidArgumentError('It must not be empty.')
  return text
}

function absolute(text: string, folder: string): string {
  return resolve(folder, nonEmpty(text))
}
