import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { inventHistory } from '../../../examples/git-history/sample/inventHistory.ts'
import { sampleHistory } from '../../../examples/git-history/sample/sampleHistory.ts'

const FILE = new URL('../../../examples/git-history/sample/history.jsonl', import.meta.url)

describe('the sample history', () => {
  it('is what its invention writes', () => {
    const written = readFileSync(FILE, 'utf8').trimEnd().split('\n')
    expect(written.map((line) => JSON.parse(line))).toEqual(inventHistory())
  })

  it('has everything that a history can have', () => {
    const commits = inventHistory()
    const files = commits.flatMap((commit) => commit.files)
    expect(commits.some(({ parents, files: none }) => parents.length === 2 && none.length === 0)).toBe(true)
    expect(files.some(({ from }) => from !== undefined)).toBe(true)
    expect(files.some(({ gone }) => gone)).toBe(true)
    expect(new Set(commits.map(({ author }) => author)).size).toBe(5)
  })

  it('records parents before their children, each commit once', () => {
    const seen = new Set<string>()
    for (const { hash, parents } of inventHistory()) {
      expect(parents.every((parent) => seen.has(parent))).toBe(true)
      expect(seen.has(hash)).toBe(false)
      seen.add(hash)
    }
  })

  it('is imported from where an import ended', async () => {
    const history = await sampleHistory('/somewhere', 'not a git repository')
    const all = inventHistory()
    const imported = { newest: [all[99]?.hash as string], roots: [all[0]?.hash as string] }
    const head = (await history.head()) as string
    expect(await history.contains(imported, head)).toBe(true)
    expect(await history.contains({ newest: ['0'.repeat(40)], roots: [] }, head)).toBe(false)
    expect(await history.count(imported, head)).toBe(all.length - 100)
    for await (const rest of history.commits(imported, head)) expect(rest).toEqual(all.slice(100))
  })
})
