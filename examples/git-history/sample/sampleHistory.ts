import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Commit } from '../git/commit.ts'
import type { History, Imported } from '../git/History.ts'

const FILE = new URL('history.jsonl', import.meta.url)

/**
 * The history that comes with the example: that of an invented team, one commit per line.
 *
 * @param folder the folder of its log.
 * @param reason why it replaces a repository.
 */
export async function sampleHistory(folder: string, reason: string): Promise<History> {
  const commits = (await readFile(FILE, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Commit)
  const places = new Map(commits.map(({ hash }, index) => [hash, index]))
  // Commits are imported in the order of the file, so the imported ones are the first lines.
  const begin = ({ newest }: Imported): number => Math.max(-1, ...newest.map((hash) => places.get(hash) ?? -1)) + 1
  return {
    title: 'a sample history that comes with this example',
    remarks: [
      `This project's folder is no git repository of its own (${reason}).`,
      'So here is a sample: the invented history of an invented project. For a real one: npm start -- --repo FOLDER',
    ],
    defaultLog: join(folder, '.git-history', 'sample.db'),
    head: async () => commits.at(-1)?.hash,
    contains: async ({ newest }) => newest.every((hash) => places.has(hash)),
    count: async (imported) => commits.length - begin(imported),
    async *commits(imported) {
      yield commits.slice(begin(imported))
    },
  }
}
