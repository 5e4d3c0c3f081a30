import { describe, expect, it, vi } from 'vitest'
import { eventsIn, logOf, smallHistory } from './support/histories.ts'
import { ExampleRun, runExample } from './support/startExample.ts'
import { lines, TemporaryRepository } from './support/temporaryRepository.ts'

// Each test runs the example as a process, some more than once.
vi.setConfig({ testTimeout: 60_000 })

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
