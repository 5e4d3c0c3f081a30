import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import type { Commit } from '../../../examples/git-history/git/commit.ts'
import type { History, Imported } from '../../../examples/git-history/git/History.ts'
import { openRepository } from '../../../examples/git-history/git/openRepository.ts'
import { GitError } from '../../../examples/git-history/git/runGit.ts'
import { lines, TemporaryFolder, TemporaryRepository } from './support/temporaryRepository.ts'

// Each test runs git many times.
vi.setConfig({ testTimeout: 60_000 })

const NOTHING: Imported = { newest: [], roots: [] }

async function commitsOf(history: History, imported = NOTHING): Promise<Commit[]> {
  const head = await history.head()
  if (head === undefined) return []
  const all: Commit[] = []
  for await (const some of history.commits(imported, head)) all.push(...some)
  expect(await history.count(imported, head)).toBe(all.length)
  return all
}

describe('openRepository', () => {
  it('reads commits with their files, parents before children', async () => {
    using repository = new TemporaryRepository()
    const first = repository.change('src/a.txt', lines(10), { date: '2026-11-16T09:30:00+01:00' })
    repository.write('src/a.txt', `${lines(9)}other\n`)
    repository.write('b.txt', lines(3))
    // A clock that runs behind.
    repository.commit('A second one', { author: 'Grace Hopper', date: '2026-11-15T23:30:00-08:00' })
    expect(await commitsOf(await openRepository(repository.path))).toEqual([
      {
        hash: first,
        parents: [],
        author: 'Ada Lovelace',
        email: 'ada@example.org',
        authoredAt: '2026-11-16T09:30:00+01:00',
        subject: 'Change src/a.txt',
        files: [{ path: 'src/a.txt', added: 10, deleted: 0 }],
      },
      {
        hash: repository.git('rev-parse', 'HEAD'),
        parents: [first],
        author: 'Grace Hopper',
        email: 'grace@example.org',
        authoredAt: '2026-11-15T23:30:00-08:00',
        subject: 'A second one',
        files: [
          { path: 'b.txt', added: 3, deleted: 0 },
          { path: 'src/a.txt', added: 1, deleted: 1 },
        ],
      },
    ])
  })

  it('follows renames, tells deleted files, and counts no lines of binary ones', async () => {
    using repository = new TemporaryRepository()
    repository.write('old.txt', lines(10))
    repository.write('gone.txt', lines(3))
    repository.write('picture', Buffer.from([0, 1, 2, 0]))
    repository.commit('Begin')
    repository.git('mv', 'old.txt', 'new.txt')
    repository.git('rm', '--quiet', 'gone.txt')
    repository.write('new.txt', `${lines(10)}more\n`)
    repository.write('picture', Buffer.from([0, 1, 2, 3, 0]))
    repository.commit('Rename')
    expect((await commitsOf(await openRepository(repository.path)))[1]?.files).toEqual([
      { path: 'gone.txt', added: 0, deleted: 3, gone: true },
      { path: 'new.txt', from: 'old.txt', added: 1, deleted: 0 },
      { path: 'picture', added: 0, deleted: 0 },
    ])
  })

  it('gives a merge no files', async () => {
    using repository = new TemporaryRepository()
    repository.change('a', 'a\n')
    repository.git('checkout', '--quiet', '-b', 'branch')
    const theirs = repository.change('b', 'b\n')
    repository.git('checkout', '--quiet', 'main')
    const ours = repository.change('c', 'c\n')
    repository.gitAs({}, 'merge', '--quiet', '--no-edit', 'branch')
    const merge = (await commitsOf(await openRepository(repository.path))).at(-1)
    expect(merge).toMatchObject({ parents: [ours, theirs], files: [] })
  })

  it('reads names with quotes, line feeds, tabs and bytes of no encoding', async () => {
    using repository = new TemporaryRepository()
    const names = ['"quoted"', 'two\nlines', 'a\ttab', ' space ', '-dash', ':colon', '@at', 'ünïcode']
    for (const name of names) repository.write(name, 'x\n')
    repository.write(Buffer.from('caf\xe9', 'latin1'), 'x\n')
    repository.commit('Odd names')
    const [{ files } = { files: [] }] = await commitsOf(await openRepository(repository.path))
    expect(files.map(({ path }) => path).sort()).toEqual([...names, 'caf\\xe9'].sort())
  })

  it('names authors as the .mailmap does', async () => {
    using repository = new TemporaryRepository()
    repository.change('.mailmap', 'Grace Hopper <grace@navy.example> <ada@example.org>\n')
    expect((await commitsOf(await openRepository(repository.path)))[0]).toMatchObject({
      author: 'Grace Hopper',
      email: 'grace@navy.example',
    })
  })

  it('does not let the settings of a user change what it reads', async () => {
    using repository = new TemporaryRepository()
    repository.change('a/x.txt', lines(10))
    repository.git('mv', 'a/x.txt', 'a/y.txt')
    repository.commit('Rename')
    const plain = await commitsOf(await openRepository(repository.path))
    const settings = [
      'diff.renames=false',
      'log.showRoot=false',
      'log.follow=true',
      'log.date=relative',
      'diff.external=false',
    ]
    settings.push('color.ui=always', 'core.quotePath=true', 'log.showSignature=true', 'core.fsmonitor=/bin/false')
    for (const setting of settings) repository.git('config', ...(setting.split('=') as [string, string]))
    expect(await commitsOf(await openRepository(repository.path))).toEqual(plain)
  })

  it('has no head before the first commit', async () => {
    using repository = new TemporaryRepository()
    expect(await (await openRepository(repository.path)).head()).toBeUndefined()
  })

  it('opens the whole repository from a folder in it, and a bare one', async () => {
    using repository = new TemporaryRepository()
    repository.change('src/deep/a', 'a\n')
    repository.change('b', 'b\n')
    const inside = await openRepository(join(repository.path, 'src/deep'))
    expect(inside.title).toBe(repository.path)
    expect(await commitsOf(inside)).toHaveLength(2)
    using folder = new TemporaryFolder()
    repository.git('clone', '--quiet', '--bare', repository.path, join(folder.path, 'bare.git'))
    expect(await commitsOf(await openRepository(join(folder.path, 'bare.git')))).toHaveLength(2)
  })

  it('keeps its log in the git folder, where it makes nothing dirty', async () => {
    using repository = new TemporaryRepository()
    expect((await openRepository(repository.path)).defaultLog).toBe(
      join(repository.path, '.git/rx-projection/git-history.db'),
    )
  })

  it('refuses a folder that is in no repository, that is none, and that is not there', async () => {
    using folder = new TemporaryFolder()
    writeFileSync(join(folder.path, 'file'), '')
    await expect(openRepository(folder.path)).rejects.toThrow(/^not a git repository/)
    await expect(openRepository(join(folder.path, 'file'))).rejects.toThrow('there is no such folder')
    await expect(openRepository(join(folder.path, 'missing'))).rejects.toThrow(GitError)
  })

  it('takes a folder that looks like an option for a folder', async () => {
    using folder = new TemporaryFolder()
    const odd = join(folder.path, '--upload-pack=touch hacked;$(touch hacked)')
    mkdirSync(odd)
    await expect(openRepository(odd)).rejects.toThrow(/^not a git repository/)
  })

  it('refuses what is no hash before it reaches git', async () => {
    using repository = new TemporaryRepository()
    const head = repository.change('a', 'a\n')
    const history = await openRepository(repository.path)
    const imported = { newest: ['--output=/tmp/x'], roots: [] }
    await expect(history.contains(imported, head)).rejects.toThrow('is no commit')
    await expect(commitsOf(history, imported)).rejects.toThrow('is no commit')
  })
})

describe('what was imported', () => {
  it('is left out, whichever of several branches it reached', async () => {
    using repository = new TemporaryRepository()
    const root = repository.change('a', 'a\n', { date: '2026-01-01T00:00:00Z' })
    repository.git('checkout', '--quiet', '-b', 'branch')
    const theirs = repository.change('b', 'b\n', { date: '2026-01-02T00:00:00Z' })
    repository.git('checkout', '--quiet', 'main')
    const ours = repository.change('c', 'c\n', { date: '2026-01-03T00:00:00Z' })
    repository.gitAs({ date: '2026-01-04T00:00:00Z' }, 'merge', '--quiet', '--no-edit', 'branch')
    const merge = repository.git('rev-parse', 'HEAD')
    const history = await openRepository(repository.path)
    const rest = async (...newest: string[]): Promise<string[]> =>
      (await commitsOf(history, { newest, roots: [root] })).map(({ hash }) => hash)
    expect(await rest(root)).toEqual([theirs, ours, merge])
    expect(await rest(theirs)).toEqual([ours, merge])
    expect(await rest(theirs, ours)).toEqual([merge])
    expect(await rest(merge)).toEqual([])
    expect(await history.contains({ newest: [theirs, ours], roots: [root] }, merge)).toBe(true)
  })

  it('is no part of a history that was rewritten, or of another one', async () => {
    using repository = new TemporaryRepository()
    const root = repository.change('a', 'a\n')
    const old = repository.change('b', 'b\n')
    repository.gitAs({ date: '2026-11-17T09:30:00+01:00' }, 'commit', '--quiet', '--amend', '--message', 'Amended')
    const history = await openRepository(repository.path)
    const head = (await history.head()) as string
    expect(await history.contains({ newest: [old], roots: [root] }, head)).toBe(false)
    expect(await history.contains({ newest: [root], roots: [root] }, head)).toBe(true)
    expect(await history.contains({ newest: ['0'.repeat(40)], roots: [] }, head)).toBe(false)
  })

  it('has to begin again when a shallow clone gets its older commits', async () => {
    using repository = new TemporaryRepository()
    for (const name of ['a', 'b', 'c']) repository.change(name, `${name}\n`)
    using folder = new TemporaryFolder()
    const path = join(folder.path, 'clone')
    repository.git('clone', '--quiet', '--depth=1', `file://${repository.path}`, path)
    const shallow = await openRepository(path)
    expect(shallow.remarks).toEqual(['This is a shallow clone: what came before its oldest commit is missing.'])
    const head = (await shallow.head()) as string
    const imported = { newest: [head], roots: [head] }
    expect(await commitsOf(shallow)).toHaveLength(1)
    expect(await shallow.contains(imported, head)).toBe(true)
    repository.git('-C', path, 'fetch', '--quiet', '--unshallow')
    expect(await (await openRepository(path)).contains(imported, head)).toBe(false)
  })
})

describe('changes$', () => {
  /** Resolves at the first and at the second emission. */
  function emissions({ changes$ }: History): { first: Promise<void>; second: Promise<void> } & Disposable {
    const waits = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const
    let count = 0
    const subscription = changes$?.subscribe(() => waits[count++]?.resolve())
    const [first, second] = waits.map(({ promise }) => promise) as [Promise<void>, Promise<void>]
    return { first, second, [Symbol.dispose]: () => subscription?.unsubscribe() }
  }

  it('emits once at the beginning, and again when there is a commit', async () => {
    using repository = new TemporaryRepository()
    using emitted = emissions(await openRepository(repository.path))
    await emitted.first
    repository.change('a', 'a\n')
    await emitted.second
  })

  it('notices another branch being checked out', async () => {
    using repository = new TemporaryRepository()
    repository.change('a', 'a\n')
    using emitted = emissions(await openRepository(repository.path))
    await emitted.first
    repository.git('checkout', '--quiet', '-b', 'branch')
    await emitted.second
  })

  it('notices a commit in a work tree of its own', async () => {
    using repository = new TemporaryRepository()
    repository.change('a', 'a\n')
    using folder = new TemporaryFolder()
    const tree = join(folder.path, 'tree')
    repository.git('worktree', 'add', '--quiet', '-b', 'branch', tree)
    using emitted = emissions(await openRepository(tree))
    await emitted.first
    repository.gitAs({}, '-C', tree, 'commit', '--quiet', '--allow-empty', '--message', 'There')
    await emitted.second
  })
})
