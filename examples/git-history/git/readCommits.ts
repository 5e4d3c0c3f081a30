import type { Commit } from './commit.ts'
import { LOG_FORMAT, LogParser } from './LogParser.ts'
import { type GitOptions, streamGit } from './runGit.ts'

const LOG = [
  'log',
  '--reverse',
  '--date-order', // Parents before children, whatever their clocks said.
  '--raw',
  '--numstat',
  '-z',
  '-M50%',
  '-l1000',
  '--diff-algorithm=myers',
  '--no-ext-diff',
  '--no-textconv',
  '--no-abbrev',
  '--no-color',
  '--no-notes',
  '--date=raw',
  '--encoding=UTF-8',
  `--format=${LOG_FORMAT}`,
  '--stdin',
]

/** Reads the commits of the range given as input, oldest first, in lists as git delivers them. */
export async function* readCommits(options: GitOptions): AsyncGenerator<readonly Commit[], void, undefined> {
  const parser = new LogParser()
  for await (const chunk of streamGit(LOG, options)) {
    const commits = parser.push(chunk)
    if (commits.length > 0) yield commits
  }
  yield parser.finish()
}
