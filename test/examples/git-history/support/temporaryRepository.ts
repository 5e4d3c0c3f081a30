import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** Who commits, and when. */
export interface CommitOptions {
  readonly author?: string
  /** Such as `2026-11-16T09:30:00+01:00`. */
  readonly date?: string
}

/** A temporary folder, removed at the end of its scope. */
export class TemporaryFolder implements Disposable {
  readonly path: string

  constructor(path: string = mkdtempSync(join(tmpdir(), 'git-history-test-'))) {
    this.path = realpathSync(path)
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

/** A git repository in a temporary folder; nothing of this machine's settings reaches it. */
export class TemporaryRepository extends TemporaryFolder {
  /** @param path a folder to make a repository of; a new one where absent. */
  constructor(path?: string) {
    super(path)
    this.git('init', '--quiet', '--initial-branch=main')
  }

  /** Runs git in it; what it printed. */
  git(...args: string[]): string {
    return this.gitAs({}, ...args)
  }

  /** Feeds a file in it to `git fast-import`. */
  import(file: string): void {
    const { status } = spawnSync('git', ['fast-import', '--quiet', '--force'], {
      cwd: this.path,
      input: readFileSync(join(this.path, file)),
      stdio: ['pipe', 'ignore', 'inherit'],
    })
    if (status !== 0) throw new Error('git fast-import failed')
  }

  gitAs({ author = 'Ada Lovelace', date = '2026-11-16T09:30:00+01:00' }: CommitOptions, ...args: string[]): string {
    const email = `${author.split(' ')[0]?.toLowerCase()}@example.org`
    const { status, stdout, stderr } = spawnSync('git', args, {
      cwd: this.path,
      encoding: 'utf8',
      env: {
        PATH: process.env.PATH,
        HOME: this.path,
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_AUTHOR_NAME: author,
        GIT_AUTHOR_EMAIL: email,
        GIT_AUTHOR_DATE: date,
        GIT_COMMITTER_NAME: author,
        GIT_COMMITTER_EMAIL: email,
        GIT_COMMITTER_DATE: date,
      },
    })
    if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`)
    return stdout.trimEnd()
  }

  write(path: string | Buffer, content: string | Buffer): void {
    const file = typeof path === 'string' ? join(this.path, path) : Buffer.concat([Buffer.from(`${this.path}/`), path])
    if (typeof file === 'string') mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
  }

  /** Commits all that is there; the commit's hash. */
  commit(subject: string, options: CommitOptions = {}): string {
    this.git('add', '--all')
    this.gitAs(options, 'commit', '--quiet', '--allow-empty', '--message', subject)
    return this.git('rev-parse', 'HEAD')
  }

  /** Writes a file and commits it. */
  change(path: string, content: string, options: CommitOptions = {}): string {
    this.write(path, content)
    return this.commit(`Change ${path}`, options)
  }
}

/** So many lines of text. */
export function lines(count: number, text = 'line'): string {
  return Array.from({ length: count }, (_, index) => `${text} ${index}\n`).join('')
}
