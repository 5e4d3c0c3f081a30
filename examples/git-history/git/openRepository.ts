import { realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { History, Imported } from './History.ts'
import { headChanges } from './headChanges.ts'
import { readCommits } from './readCommits.ts'
import { GitError, type GitOptions, git } from './runGit.ts'

/**
 * Opens the git repository that contains a folder, or a bare one.
 *
 * @throws {GitError} there is none, or git will not read it.
 */
export async function openRepository(folder: string): Promise<History & { readonly root: string }> {
  if (!(await isFolder(folder))) throw new GitError('there is no such folder')
  const [gitDir = '', commonDir = '', bare, shallow] = await revParse(folder)
  const root = await realpath(bare === 'true' ? gitDir : await git(['rev-parse', '--show-toplevel'], { cwd: folder }))
  const at = (options?: Omit<GitOptions, 'cwd'>): GitOptions => ({ cwd: root, ...options })
  return {
    root,
    title: root,
    remarks: shallow === 'true' ? ['This is a shallow clone: what came before its oldest commit is missing.'] : [],
    defaultLog: join(gitDir, 'rx-projection', 'git-history.db'),
    head: () => head(root),
    contains: (imported, tip) => contains(imported, tip, root),
    async count(imported, tip) {
      return Number(await git(['rev-list', '--count', '--stdin'], at({ input: range(imported, tip) })))
    },
    commits: (imported, tip, signal) => readCommits(at({ input: range(imported, tip), signal })),
    changes$: headChanges(gitDir, commonDir),
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

async function revParse(folder: string): Promise<string[]> {
  const questions = ['--absolute-git-dir', '--git-common-dir', '--is-bare-repository', '--is-shallow-repository']
  const answers = await git(['rev-parse', '--path-format=absolute', ...questions], { cwd: folder })
  return answers.split('\n')
}

async function head(root: string): Promise<string | undefined> {
  try {
    return checkHash(await git(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], { cwd: root }))
  } catch (error) {
    // There is no commit yet.
    if (error instanceof GitError && error.exitCode === 1) return undefined
    throw error
  }
}

async function contains({ newest, roots }: Imported, tip: string, root: string): Promise<boolean> {
  try {
    const lost = await git(['rev-list', '--max-count=1', '--stdin'], {
      cwd: root,
      input: lines([...newest.map(checkHash), `^${checkHash(tip)}`]),
    })
    if (lost !== '') return false
    // A root has parents now: a shallow clone was deepened and has older commits.
    const parents = await git(['rev-list', '--no-walk', '--parents', '--stdin'], {
      cwd: root,
      input: lines(roots.map(checkHash)),
    })
    return !parents.includes(' ')
  } catch (error) {
    // Git no longer knows a commit.
    if (error instanceof GitError && error.exitCode === 128) return false
    throw error
  }
}

function range({ newest }: Imported, tip: string): string {
  return lines([checkHash(tip), ...newest.map((hash) => `^${checkHash(hash)}`)])
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('')
}

/** Hashes come from a database file that another person may have written: git must receive nothing but hashes. */
function checkHash(text: string): string {
  if (!/^[0-9a-f]{40,64}$/.test(text)) throw new GitError(`${JSON.stringify(text.slice(0, 80))} is no commit's hash`)
  return text
}
