import { join } from 'node:path'
import { memory, type OpenStore, startProjection } from 'rx-projection'
import { describe, expect, it, vi } from 'vitest'
import type { HistoryEvent } from '../../../examples/git-history/events.ts'
import type { History } from '../../../examples/git-history/git/History.ts'
import { openRepository } from '../../../examples/git-history/git/openRepository.ts'
import { imported } from '../../../examples/git-history/import/imported.ts'
import { importNews } from '../../../examples/git-history/import/importNews.ts'
import { generateRepository } from '../../../examples/git-history/measure/generateRepository.ts'
import { TemporaryFolder, TemporaryRepository } from './support/temporaryRepository.ts'

// Each test runs git many times.
vi.setConfig({ testTimeout: 60_000 })

/** A history that has two branches side by side all along, and merges. */
function branchyHistory(commits: number): TemporaryRepository {
  const repository = new TemporaryRepository()
  const parts: string[] = []
  for (let mark = 1; mark <= commits; mark++) {
    const merges = mark % 7 === 0
    const parent = merges ? mark - 1 : mark - 2
    parts.push(
      `commit refs/heads/main\nmark :${mark}\n`,
      `committer Ada <ada@example.org> ${1_700_000_000 + (mark % 5) * 100} +0000\ndata 1\nx\n`,
      parent > 0 ? `from :${parent}\n` : '',
      merges ? `merge :${mark - 2}\n` : `M 100644 inline file${mark % 3}\ndata <<E\n${mark}\nE\n`,
    )
  }
  repository.write('.git/import', parts.join(''))
  repository.import('.git/import')
  return repository
}

async function hashesIn(store: OpenStore<HistoryEvent>): Promise<string[]> {
  const { events } = await store.events.read({ after: 0, limit: 1_000_000 })
  return events.flatMap((event) => (event.type === 'CommitRecorded' ? [event.payload.commit] : []))
}

/** The same history, of which an import sees only so many commits. */
function cutShort(history: History, commits: number): History {
  return {
    ...history,
    async *commits(...range) {
      let left = commits
      for await (const some of history.commits(...range)) {
        yield some.slice(0, left)
        left -= Math.min(left, some.length)
      }
    },
  }
}

describe('importNews', () => {
  it('imports every commit once, parents first, wherever imports before were cut short', async () => {
    using repository = branchyHistory(63)
    const history = await openRepository(repository.path)
    const all = repository.git('rev-list', 'HEAD').split('\n')
    for (const cuts of [[63], [1, 1, 1], [5, 13, 2], [6, 30], [7, 7, 7, 7, 7]]) {
      await using store = memory<HistoryEvent>()
      await using progress = startProjection(imported, { store })
      const job = { events: store.events, imported: progress }
      for (const cut of cuts) await importNews({ ...job, history: cutShort(history, cut) })
      await importNews({ ...job, history })
      const hashes = await hashesIn(store)
      expect(hashes.toSorted()).toEqual(all.toSorted())
      expect(new Set(hashes).size).toBe(hashes.length)
      const places = new Map(hashes.map((hash, place) => [hash, place]))
      for (const line of repository.git('rev-list', '--parents', 'HEAD').split('\n')) {
        const [hash, ...parents] = line.split(' ') as [string, ...string[]]
        for (const parent of parents) expect(places.get(parent)).toBeLessThan(places.get(hash) as number)
      }
      expect(await importNews({ ...job, history })).toBe('nothing new')
    }
  })

  it('appends a commit with all its files at once, and says how far it is', async () => {
    using folder = new TemporaryFolder()
    const path = join(folder.path, 'generated.git')
    await generateRepository(path, { commits: 2_000, files: 100 })
    const history = await openRepository(path)
    await using store = memory<HistoryEvent>()
    await using progress = startProjection(imported, { store })
    const appends: HistoryEvent[][] = []
    const append: typeof store.events.append = (stream, events, options) => {
      appends.push([...events] as HistoryEvent[])
      return store.events.append(stream, events, options)
    }
    let total = 0
    const reached: number[] = []
    const outcome = await importNews({
      history,
      events: { ...store.events, append },
      imported: progress,
      onStart: (commits) => {
        total = commits
      },
      onProgress: (commits) => reached.push(commits),
    })
    expect(outcome).toBe('done')
    expect(total).toBe(2_000)
    expect(reached.at(-1)).toBe(2_000)
    expect(reached).toEqual(reached.toSorted((one, other) => one - other))
    expect(appends.length).toBeGreaterThan(4)
    for (const events of appends) {
      expect(events[0]?.type).toBe('CommitRecorded')
      expect(events.length).toBeLessThan(1_010)
    }
  })

  it('leaves it to another import of the same log, and goes on when that has ended', async () => {
    using repository = branchyHistory(63)
    const history = await openRepository(repository.path)
    await using store = memory<HistoryEvent>()
    await using progress = startProjection(imported, { store })
    const job = { history, events: store.events, imported: progress }
    expect((await Promise.all([importNews(job), importNews(job)])).toSorted()).toEqual(['done', 'nothing new'])
    expect(await hashesIn(store)).toHaveLength(63)
  })

  it('appends nothing where the history was rewritten', async () => {
    using repository = branchyHistory(10)
    const history = await openRepository(repository.path)
    await using store = memory<HistoryEvent>()
    await using progress = startProjection(imported, { store })
    const job = { history, events: store.events, imported: progress }
    await importNews(job)
    repository.git('reset', '--quiet', '--hard', 'HEAD~2')
    expect(await importNews(job)).toBe('rewritten')
    expect(await hashesIn(store)).toHaveLength(Number(repository.git('rev-list', '--count', 'ORIG_HEAD')))
    repository.git('checkout', '--quiet', '--orphan', 'unborn')
    expect(await importNews(job)).toBe('rewritten')
  })

  it('ends when it is aborted', async () => {
    using repository = branchyHistory(10)
    const history = await openRepository(repository.path)
    await using store = memory<HistoryEvent>()
    await using progress = startProjection(imported, { store })
    const job = { history, events: store.events, imported: progress, signal: AbortSignal.abort() }
    await expect(importNews(job)).rejects.toThrow('abort')
    expect(await hashesIn(store)).toEqual([])
  })
})
