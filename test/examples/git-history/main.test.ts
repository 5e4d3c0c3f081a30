import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, vi } from 'vitest'
import { inventHistory } from '../../../examples/git-history/sample/inventHistory.ts'
import { ExampleRun, runExample } from './support/startExample.ts'
import { lines, TemporaryFolder, TemporaryRepository } from './support/temporaryRepository.ts'

// Each test runs the example as a process, some more than once.
vi.setConfig({ testTimeout: 60_000 })

const PROJECT = fileURLToPath(new URL('../../../', import.meta.url))

function logOf(repository: TemporaryRepository): string {
  return join(repository.path, '.git/rx-projection/git-history.db')
}

/** How many events lie in a log. */
function eventsIn(log: string): number {
  const db = new DatabaseSync(log)
  try {
    return Number(db.prepare('SELECT count(*) AS count FROM rx_events').get()?.count)
  } finally {
    db.close()
  }
}

/** A small history: two people, two folders, a rename. */
function smallHistory(): TemporaryRepository {
  const repository = new TemporaryRepository()
  repository.change('src/a.txt', lines(30), { date: '2026-11-09T09:30:00+01:00' })
  repository.change('docs/b.txt', lines(10), { author: 'Grace Hopper', date: '2026-11-16T14:00:00-05:00' })
  repository.git('mv', 'src/a.txt', 'src/c.txt')
  repository.commit('Rename', { author: 'Grace Hopper', date: '2026-11-17T14:00:00-05:00' })
  return repository
}

describe('a first run', () => {
  it('imports all commits and shows who knows what and when the work was done', async () => {
    using repository = smallHistory()
    const { code, out, err } = await runExample(['--repo', repository.path])
    expect(err).toBe('')
    expect(code).toBe(0)
    expect(out).toContain(`git-history  ${repository.path}\n`)
    expect(out).toMatch(/^ {2}\(all\) +2 +40 +1 {2}75% Ada Lovelace, 25% Grace Hopper$/m)
    expect(out).toMatch(/^ {2}docs\/ +1 +10 +1 {2}100% Grace Hopper$/m)
    expect(out).toMatch(/^ {2}src\/ +1 +30 +1 {2}100% Ada Lovelace$/m)
    expect(out).toMatch(/^ {2}Grace Hopper +2 +10 {2}2026-11-16 +2026-11-17$/m)
    expect(out).toMatch(/^Commits a week$/m)
    expect(out).toMatch(/^ {3}Tue .* 1$/m)
    expect(out).toMatch(/^ {2}3 new commits imported, in /m)
    expect(out).toMatch(/^ {2}ownership +the beginning +6 {2}up to event 6$/m)
    expect(out.split('\n').every((line) => line.length <= 80 || line.includes(repository.path))).toBe(true)
  })

  it('leaves the repository clean', async () => {
    using repository = smallHistory()
    await runExample(['--repo', repository.path])
    expect(repository.git('status', '--porcelain', '--ignored')).toBe('')
    expect(existsSync(logOf(repository))).toBe(true)
  })

  it('keeps the log where it is told to', async () => {
    using repository = smallHistory()
    using folder = new TemporaryFolder()
    const { code } = await runExample(['--repo', repository.path, '--db', 'logs/my.db'], { cwd: folder.path })
    expect(code).toBe(0)
    expect(eventsIn(join(folder.path, 'logs/my.db'))).toBe(6)
    expect(existsSync(logOf(repository))).toBe(false)
  })

  it('takes folders from where the user is, also when npm runs it elsewhere', async () => {
    using repository = smallHistory()
    const env = { npm_lifecycle_event: 'start', INIT_CWD: join(repository.path, 'src') }
    const { code, out } = await runExample(['--repo', '.', '--db', '../log.db'], { cwd: '/', env })
    expect(code).toBe(0)
    expect(out).toContain(`git-history  ${repository.path}\n`)
    expect(eventsIn(join(repository.path, 'log.db'))).toBe(6)
  })

  it('reads the repository that was named, also when a hook of another one runs it', async () => {
    using repository = smallHistory()
    using other = new TemporaryRepository()
    const env = { GIT_DIR: join(other.path, '.git'), GIT_WORK_TREE: other.path }
    expect((await runExample(['--repo', repository.path], { env })).out).toContain('3 new commits imported')
  })

  it('prints no command of a terminal, whatever the names in the history are', async () => {
    using repository = new TemporaryRepository()
    repository.change('evil\u001b]0;title\u0007/\u001b[2J.txt', 'x\n', { author: 'Mal\u001b[31mory' })
    const { code, out } = await runExample(['--repo', repository.path])
    expect(code).toBe(0)
    expect(out).toContain('evil')
    expect(out).not.toContain('\u001b')
  })

  it('says that there is no commit where there is none, and goes on when there is one', async () => {
    using repository = new TemporaryRepository()
    const empty = await runExample(['--repo', repository.path])
    expect(empty.out).toContain('There is no commit yet.')
    expect(empty.code).toBe(0)
    repository.change('a', 'a\n')
    expect((await runExample(['--repo', repository.path])).out).toContain('1 new commit imported')
  })

  it('tells who knows a folder, a file, and a path that is none', async () => {
    using repository = smallHistory()
    const folder = await runExample(['--repo', repository.path, '--path', './src/'])
    expect(folder.out).toMatch(/^Who knows \.\/src\/$/m)
    expect(folder.out).toMatch(/^ {2}c\.txt +30 +1 {2}100% Ada Lovelace$/m)
    const file = await runExample(['--repo', repository.path, '--path', 'src/c.txt'])
    expect(file.out).toMatch(/^ {2}Ada Lovelace +30 +100%$/m)
    const none = await runExample(['--repo', repository.path, '--path', 'nowhere'])
    expect(none.out).toContain('No commit has touched such a file or folder.')
  })
})

describe('a second run', () => {
  it('resumes from the snapshots and reads only what is new', async () => {
    using repository = smallHistory()
    await runExample(['--repo', repository.path])
    repository.change('docs/b.txt', lines(12), { author: 'Edsger Dijkstra' })
    const { code, out } = await runExample(['--repo', repository.path])
    expect(code).toBe(0)
    expect(out).toContain('1 new commit imported')
    for (const model of ['imported', 'ownership', 'activity', 'contributors', 'latest']) {
      expect(out).toMatch(new RegExp(`^ {2}${model} +its snapshot at event 6 +2 {2}up to event 8$`, 'm'))
    }
    expect(out).toMatch(/^ {2}docs\/ +1 +12 +1 {2}83% Grace Hopper, 17% Edsger Dijkstra$/m)
    expect(eventsIn(logOf(repository))).toBe(8)
  })

  it('reads nothing where nothing is new', async () => {
    using repository = smallHistory()
    await runExample(['--repo', repository.path])
    const { out } = await runExample(['--repo', repository.path])
    expect(out).toContain('No new commit')
    expect(out).toMatch(/^ {2}ownership +its snapshot at event 6 +0 {2}up to event 6$/m)
  })

  it('folds anew where the snapshots are gone or broken, and says so', async () => {
    using repository = smallHistory()
    const first = await runExample(['--repo', repository.path])
    const db = new DatabaseSync(logOf(repository))
    db.exec(`UPDATE rx_snapshots SET state = '{"broken' WHERE name = 'ownership'`)
    db.close()
    const { code, out, err } = await runExample(['--repo', repository.path])
    expect(code).toBe(0)
    expect(err).toMatch(/^git-history: ownership: a snapshot could not be read, .+\n$/)
    expect(out).toMatch(/^ {2}ownership +the beginning +6 {2}up to event 6$/m)
    expect(out.split('This run')[0]).toBe(first.out.split('This run')[0])
  })

  it('takes in what a merge brings, once', async () => {
    using repository = smallHistory()
    repository.git('branch', 'side', 'HEAD~1')
    await runExample(['--repo', repository.path])
    repository.git('checkout', '--quiet', 'side')
    repository.change('docs/side.txt', lines(5))
    repository.git('checkout', '--quiet', 'main')
    repository.gitAs({}, 'merge', '--quiet', '--no-edit', 'side')
    const { out } = await runExample(['--repo', repository.path])
    expect(out).toContain('2 new commits imported')
    expect(out).toMatch(/^ {2}\(all\) +3 +45 /m)
  })
})

describe('a rewritten history', () => {
  it('is said, and a new log begins beside the old one', async () => {
    using repository = smallHistory()
    await runExample(['--repo', repository.path])
    repository.gitAs({}, 'commit', '--quiet', '--amend', '--message', 'Reworded')
    const { code, out } = await runExample(['--repo', repository.path])
    expect(code).toBe(0)
    expect(out).toContain('The history was rewritten')
    expect(out).toContain('3 new commits imported')
    expect(out).toMatch(/^ {2}ownership +the beginning +6 /m)
    const folder = join(repository.path, '.git/rx-projection')
    expect(eventsIn(join(folder, 'git-history.db'))).toBe(6)
    expect(eventsIn(join(folder, 'git-history.log2.db'))).toBe(6)
    expect((await runExample(['--repo', repository.path])).out).toContain('No new commit')
  })

  it('keeps the log before the newest one, and no more', async () => {
    using repository = smallHistory()
    for (const message of ['One', 'Two', 'Three']) {
      repository.gitAs({}, 'commit', '--quiet', '--amend', '--message', message)
      await runExample(['--repo', repository.path])
    }
    const names = readdirSync(join(repository.path, '.git/rx-projection')).filter((name) => name.endsWith('.db'))
    expect(names.sort()).toEqual(['git-history.log2.db', 'git-history.log3.db'])
  })
})

describe('a watch', () => {
  it('shows a new commit, and ends with a last snapshot and exit code 0 when it is interrupted', async () => {
    using repository = smallHistory()
    await using run = new ExampleRun(['--repo', repository.path, '--watch'])
    await run.printed('Watching for new commits')
    repository.change('docs/new.txt', lines(7), { author: 'Edsger Dijkstra' })
    await run.printed('now 4 commits, 3 people, 3 files, bus factor 1')
    run.interrupt()
    const { code, out } = await run.ended
    expect(code).toBe(0)
    expect(out).toMatch(/^[0-9a-f]{7} {2}Edsger Dijkstra +Change docs\/new\.txt +1 file \+7 -0$/m)
    expect(out).toMatch(/^ {2}ownership +the beginning +8 {2}up to event 8$/m)
  })

  it('waits for the first commit', async () => {
    using repository = new TemporaryRepository()
    await using run = new ExampleRun(['--repo', repository.path, '--watch'])
    await run.printed('Watching for new commits')
    repository.change('a', 'a\n')
    await run.printed('now 1 commit, 1 person, 1 file')
  })

  it('begins a new log when the history is rewritten, and watches on', async () => {
    using repository = smallHistory()
    await using run = new ExampleRun(['--repo', repository.path, '--watch'])
    await run.printed('Watching for new commits')
    repository.gitAs({}, 'commit', '--quiet', '--amend', '--message', 'Reworded')
    await run.printed('Watching for new commits', 2)
    repository.change('later.txt', lines(1))
    await run.printed('now 4 commits')
    run.interrupt('SIGTERM')
    const { code, out } = await run.ended
    expect(code).toBe(0)
    expect(out).toContain('The history was rewritten')
  })

  it('shows what another process imports into the same log', async () => {
    using repository = smallHistory()
    await using one = new ExampleRun(['--repo', repository.path, '--watch'])
    await using other = new ExampleRun(['--repo', repository.path, '--watch'])
    await Promise.all([one.printed('Watching'), other.printed('Watching')])
    repository.change('shared.txt', lines(2))
    await Promise.all([one.printed('now 4 commits'), other.printed('now 4 commits')])
    expect(eventsIn(logOf(repository))).toBe(8)
  })
})

describe('an interrupted import', () => {
  it('ends with exit code 130 and nothing lost: the next run goes on, in memory that holds no history', async () => {
    using repository = new TemporaryRepository()
    repository.git('commit', '--quiet', '--allow-empty', '--message', 'Root')
    for (let number = 0; number < 5; number++) repository.change(`f${number}`, lines(3))
    const history = manyCommits(repository, 20_000)
    await using run = new ExampleRun(['--repo', repository.path])
    // Where there is no terminal, it says now and then how far it is.
    await run.printed('Importing: ')
    run.interrupt()
    const { code, out } = await run.ended
    expect(code).toBe(130)
    expect(out).toContain('the next run goes on from there')
    const kept = eventsIn(logOf(repository))
    expect(kept).toBeGreaterThan(0)
    expect(kept).toBeLessThan(history)
    expect(out).toMatch(new RegExp(`ownership +the beginning .* up to event ${kept.toLocaleString('en-US')}$`, 'm'))
    const next = await runExample(['--repo', repository.path], { node: ['--max-old-space-size=32'] })
    expect(next.code).toBe(0)
    expect(next.out).toContain(`its snapshot at event ${kept.toLocaleString('en-US')}`)
    expect(eventsIn(logOf(repository))).toBe(history)
  })
})

/** Adds commits of two files each, fast; how many events the history has then. */
function manyCommits(repository: TemporaryRepository, commits: number): number {
  const before = Number(repository.git('rev-list', '--count', 'HEAD'))
  const parts: string[] = []
  for (let number = 0; number < commits; number++) {
    parts.push(
      `commit refs/heads/main\ncommitter Ada <ada@example.org> ${1_800_000_000 + number} +0100\ndata 1\nx\n`,
      number === 0 ? 'from refs/heads/main^0\n' : '',
      `M 100644 inline a\ndata <<E\n${number}\nE\nM 100644 inline b\ndata <<E\n${number}\nE\n`,
    )
  }
  repository.write('.git/import', parts.join(''))
  repository.import('.git/import')
  return before * 2 - 1 + commits * 3
}

describe('what cannot be done', () => {
  it.each([
    ['an unknown option', ['--bogus'], /^git-history: unknown option '--bogus'; --help shows what there is\n$/],
    ['a missing folder', ['--repo', '/no/such/folder'], /^git-history: \/no\/such\/folder: there is no such folder\n$/],
  ])('is said in one line, with exit code 2: %s', async (_, args, complaint) => {
    const { code, out, err } = await runExample(args)
    expect(err).toMatch(complaint)
    expect(out).toBe('')
    expect(code).toBe(2)
  })

  it('is said in one line, with exit code 2: a folder that is in no repository', async () => {
    using folder = new TemporaryFolder()
    const { code, out, err } = await runExample(['--repo', '.'], { cwd: folder.path })
    expect(err).toBe(`git-history: ${folder.path}: not a git repository\n`)
    expect([code, out]).toEqual([2, ''])
    expect(readdirSync(folder.path)).toEqual([])
  })

  it('is said in one line, with exit code 2: a file that is no database, and it is left as it was', async () => {
    using repository = smallHistory()
    const file = join(repository.path, 'broken.db')
    writeFileSync(file, 'this is no database, but it is dear to somebody')
    const { code, out, err } = await runExample(['--repo', repository.path, '--db', file])
    expect(err).toMatch(/^git-history: .*broken\.db: file is not a database; .+\n$/)
    expect([code, out]).toEqual([2, ''])
    expect(readFileSync(file, 'utf8')).toBe('this is no database, but it is dear to somebody')
  })

  it('is said in one line, with exit code 2: a log with damaged pages', async () => {
    using repository = smallHistory()
    await runExample(['--repo', repository.path])
    const db = new DatabaseSync(logOf(repository))
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    db.close()
    const bytes = readFileSync(logOf(repository))
    bytes.fill(0x5a, 4_096)
    writeFileSync(logOf(repository), bytes)
    const { code, err } = await runExample(['--repo', repository.path])
    expect(err).toMatch(/^git-history: .*database disk image is malformed.*\n$/)
    expect(code).toBe(2)
    expect(readFileSync(logOf(repository)).equals(bytes)).toBe(true)
  })

  it('is said in one line, with exit code 2: a log of something else', async () => {
    using repository = smallHistory()
    await runExample(['--repo', repository.path])
    const db = new DatabaseSync(logOf(repository))
    db.exec(`UPDATE rx_events SET type = 'Deposited', stream = 'account'; DELETE FROM rx_snapshots`)
    db.close()
    const { code, err } = await runExample(['--repo', repository.path])
    expect(err).toMatch(/^git-history: the log holds events of something else \(Deposited\); .+\n$/)
    expect(code).toBe(2)
  })
})

describe('the default', () => {
  /** The project as a downloaded archive has it: what the example needs, and no repository. */
  function unpacked(): TemporaryFolder {
    const folder = new TemporaryFolder()
    for (const name of ['examples', 'operators', 'src', 'package.json']) {
      cpSync(join(PROJECT, name), join(folder.path, name), { recursive: true })
    }
    symlinkSync(join(PROJECT, 'node_modules'), join(folder.path, 'node_modules'))
    return folder
  }

  const mainIn = (folder: TemporaryFolder): string => join(folder.path, 'examples/git-history/main.ts')

  it('is the sample history where the project is no repository, and says so', async () => {
    using folder = unpacked()
    const first = await runExample([], { main: mainIn(folder), cwd: '/' })
    expect(first.err).toBe('')
    expect(first.code).toBe(0)
    expect(first.out).toMatch(/is no git repository of its own\s\(not a git repository\)/)
    expect(first.out).toContain('Ilse Brandvik')
    expect(first.out).toContain(`${inventHistory().length} new commits imported`)
    const second = await runExample([], { main: mainIn(folder) })
    expect(second.out).toMatch(/^ {2}ownership +its snapshot at event \d+ +0 /m)
    expect(readdirSync(join(folder.path, '.git-history'))).toContain('sample.db')
  })

  it('watches nothing where it is the sample, which never changes', async () => {
    using folder = unpacked()
    const { code, out } = await runExample(['--watch'], { main: mainIn(folder) })
    expect(out).toContain('There is nothing to watch')
    expect(code).toBe(0)
  })

  it('is the sample history too where the project was unpacked inside another repository', async () => {
    using folder = unpacked()
    using repository = new TemporaryRepository()
    repository.change('a', 'a\n')
    cpSync(folder.path, join(repository.path, 'vendor'), { recursive: true, verbatimSymlinks: true })
    const { out } = await runExample([], { main: join(repository.path, 'vendor/examples/git-history/main.ts') })
    expect(out).toMatch(/\(it\sonly\slies\sinside\sanother\sone\)/)
  })

  it('is the project itself where that is a repository, whatever the folder that it is called from', async () => {
    using folder = unpacked()
    using elsewhere = smallHistory()
    const repository = new TemporaryRepository(folder.path)
    repository.write('.gitignore', 'node_modules\n')
    repository.commit('The project', { author: 'Barbara Liskov' })
    mkdirSync(join(elsewhere.path, 'sub'))
    const { out } = await runExample([], { main: mainIn(folder), cwd: join(elsewhere.path, 'sub') })
    expect(out).toContain(`git-history  ${folder.path}\n`)
    expect(out).toContain('Barbara Liskov')
    expect(repository.git('status', '--porcelain')).toBe('')
  })
})
