import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, vi } from 'vitest'
import { inventHistory } from '../../../examples/git-history/sample/inventHistory.ts'
import { logOf, smallHistory } from './support/histories.ts'
import { runExample } from './support/startExample.ts'
import { TemporaryFolder, TemporaryRepository } from './support/temporaryRepository.ts'

// Each test runs the example as a process, some more than once.
vi.setConfig({ testTimeout: 60_000 })

const PROJECT = fileURLToPath(new URL('../../../', import.meta.url))

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
