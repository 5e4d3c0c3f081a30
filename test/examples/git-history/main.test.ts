import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it, vi } from 'vitest'
import { eventsIn, logOf, smallHistory } from './support/histories.ts'
import { runExample } from './support/startExample.ts'
import { lines, TemporaryFolder, TemporaryRepository } from './support/temporaryRepository.ts'

// Each test runs the example as a process, some more than once.
vi.setConfig({ testTimeout: 60_000 })

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
