import fc from 'fast-check'
import { evolve } from 'rx-projection'
import { describe, expect, it } from 'vitest'
import type { HistoryEvent } from '../../../examples/git-history/events.ts'
import { busFactor } from '../../../examples/git-history/projections/busFactor.ts'
import { type Entries, listEntries } from '../../../examples/git-history/projections/entries.ts'
import { ownership } from '../../../examples/git-history/projections/ownership.ts'
import { type Folder, fileAt, folderAt, type Knowledge } from '../../../examples/git-history/projections/tree.ts'
import { changed, folded, removed, renamed } from './support/historyEvents.ts'

function at(root: Folder, path: string): Knowledge | undefined {
  return folderAt(root, path.split('/')) ?? fileAt(root, path.split('/'))
}

function people(knowledge: Knowledge | undefined): Record<string, number> | undefined {
  return knowledge && Object.fromEntries(listEntries(knowledge.authors))
}

describe('ownership', () => {
  it('counts added and deleted lines for a file and all folders above it', () => {
    const root = folded(ownership, [changed('src/git/log.ts', 'Ada', 10, 2), changed('src/main.ts', 'Grace', 5)])
    expect(people(at(root, 'src/git/log.ts'))).toEqual({ Ada: 12 })
    expect(people(at(root, 'src/git'))).toEqual({ Ada: 12 })
    expect(people(at(root, 'src'))).toEqual({ Ada: 12, Grace: 5 })
    expect(people(root)).toEqual({ Ada: 12, Grace: 5 })
    expect(root).toMatchObject({ lines: 17, living: 2 })
  })

  it('moves what is known of a file when it is renamed', () => {
    const root = folded(ownership, [
      changed('old/a.ts', 'Ada', 10),
      changed('old/a.ts', 'Grace', 4),
      renamed('old/a.ts', 'new/place/b.ts', 'Edsger', 1, 1),
    ])
    expect(at(root, 'old')).toBeUndefined()
    expect(people(at(root, 'new/place/b.ts'))).toEqual({ Ada: 10, Grace: 4, Edsger: 2 })
    expect(people(at(root, 'new'))).toEqual({ Ada: 10, Grace: 4, Edsger: 2 })
    expect(root).toMatchObject({ lines: 16, living: 1 })
  })

  it('keeps what is known of a deleted file, and counts the file no more', () => {
    const root = folded(ownership, [changed('a/x', 'Ada', 10), changed('a/y', 'Ada', 1), removed('a/x', 'Grace', 10)])
    expect(people(at(root, 'a'))).toEqual({ Ada: 11, Grace: 10 })
    expect(at(root, 'a')).toMatchObject({ living: 1 })
    expect(at(root, 'a/x')).toMatchObject({ gone: true })
  })

  it('counts a file again that comes back', () => {
    const root = folded(ownership, [changed('x', 'Ada', 3), removed('x', 'Ada', 3), changed('x', 'Grace', 1)])
    expect(root).toMatchObject({ living: 1, lines: 7 })
    expect(at(root, 'x')).toMatchObject({ gone: false })
  })

  it('joins what is known of two files where one is renamed over the other', () => {
    const root = folded(ownership, [changed('a', 'Ada', 3), changed('b', 'Grace', 2), renamed('a', 'b')])
    expect(people(at(root, 'b'))).toEqual({ Ada: 3, Grace: 2 })
    expect(root).toMatchObject({ living: 1 })
  })

  it('takes a rename from an unknown file for a change, and one to itself for none', () => {
    expect(people(folded(ownership, [renamed('never', 'seen', 'Ada', 2)]))).toEqual({ Ada: 2 })
    expect(folded(ownership, [changed('a', 'Ada', 3), renamed('a', 'a')])).toMatchObject({ living: 1, lines: 3 })
  })

  it('has room for a file and a folder of the same name', () => {
    const root = folded(ownership, [changed('a', 'Ada', 3), renamed('a', 'a/a'), changed('a', 'Grace', 1)])
    expect(people(folderAt(root, ['a']))).toEqual({ Ada: 3 })
    expect(people(fileAt(root, ['a']))).toEqual({ Grace: 1 })
  })

  it('lists no author for a binary file', () => {
    const root = folded(ownership, [changed('picture.png', 'Ada', 0)])
    expect(root).toMatchObject({ living: 1, lines: 0, authors: null })
  })

  it('copies the folders along a path and shares all others', () => {
    const before = folded(ownership, [changed('a/x', 'Ada', 1), changed('b/y', 'Ada', 1), changed('b/c/z', 'Ada', 1)])
    const event = { ...changed('a/x', 'Grace', 1), id: 4, stream: 'history' }
    const after = evolve(ownership, { offset: 3, state: before }, event).state
    expect(folderAt(after, ['b'])).toBe(folderAt(before, ['b']))
    expect(folderAt(after, ['a'])).not.toBe(folderAt(before, ['a']))
  })

  it('can be saved however deep the folders are', () => {
    const path = Array.from({ length: 3_000 }, (_, index) => `d${index}`).join('/')
    const root = folded(ownership, [changed(path, 'Ada', 1), changed(`${path}/x`, 'Ada', 1)])
    expect(JSON.parse(JSON.stringify(root))).toEqual(root)
    expect(root).toMatchObject({ living: 2 })
  })
})

const name = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor', 'toString')
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'))
const author = fc.constantFrom('Ada', 'Grace', '__proto__', 'constructor', 'valueOf')
const count = fc.nat(20)
const change: fc.Arbitrary<HistoryEvent> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(path, author, count, count).map((some) => changed(...some)) },
  { weight: 2, arbitrary: fc.tuple(path, path, author, count, count).map((some) => renamed(...some)) },
  { weight: 1, arbitrary: fc.tuple(path, author, count).map((some) => removed(...some)) },
)

/** The same, without a tree: every file's lines by author. */
function modelled(events: readonly HistoryEvent[]): Map<string, { lines: Map<string, number>; gone: boolean }> {
  const files = new Map<string, { lines: Map<string, number>; gone: boolean }>()
  const fileOf = (at: string) => files.get(at) ?? { lines: new Map<string, number>(), gone: false }
  for (const event of events) {
    if (event.type === 'CommitRecorded') continue
    const { payload } = event
    const file = fileOf(payload.path)
    if (event.type === 'FileRenamed' && event.payload.from !== payload.path && files.has(event.payload.from)) {
      const moving = fileOf(event.payload.from)
      files.delete(event.payload.from)
      for (const [who, lines] of moving.lines) file.lines.set(who, (file.lines.get(who) ?? 0) + lines)
    }
    const lines = payload.added + payload.deleted
    if (lines > 0) file.lines.set(payload.author, (file.lines.get(payload.author) ?? 0) + lines)
    files.set(payload.path, { ...file, gone: event.type === 'FileDeleted' })
  }
  return files
}

/** All files of a tree; on the way, each folder is held to the sums of what lies in it. */
function filesOf(folder: Folder, prefix = ''): [path: string, lines: [string, number][], gone: boolean][] {
  const own = listEntries(folder.files).map(([file, { authors, gone }]): [string, [string, number][], boolean] => [
    prefix + file,
    listEntries(authors),
    gone,
  ])
  const below = listEntries(folder.folders).flatMap(([child, its]) => filesOf(its, `${prefix}${child}/`))
  const files = [...own, ...below]
  const sums = new Map<string, number>()
  for (const [, lines] of files) for (const [who, some] of lines) sums.set(who, (sums.get(who) ?? 0) + some)
  expect(new Map(listEntries(folder.authors))).toEqual(sums)
  expect(folder.lines).toBe([...sums.values()].reduce((sum, some) => sum + some, 0))
  expect(folder.living).toBe(files.filter(([, , gone]) => !gone).length)
  expect(prefix === '' || files.length > 0).toBe(true)
  return files
}

describe('ownership, whatever happens', () => {
  it('holds what a plain list of files holds, its folders are sums of their files, and it is JSON data', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), (events) => {
        const root = folded(ownership, events)
        const expected = [...modelled(events)].map(([file, { lines, gone }]) => [
          file,
          [...lines].sort(([one], [other]) => (one < other ? -1 : 1)),
          gone,
        ])
        const byPath = (one: unknown[], other: unknown[]): number =>
          (one[0] as string) < (other[0] as string) ? -1 : 1
        expect(filesOf(root).sort(byPath)).toEqual(expected.sort(byPath))
        expect(JSON.parse(JSON.stringify(root))).toEqual(root)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('busFactor', () => {
  const known = (...lines: number[]): Knowledge => ({
    lines: lines.reduce((sum, some) => sum + some, 0),
    authors: lines.reduce<Entries<number>>((below, some, index) => [`author ${index}`, some, null, below], null),
  })

  it.each([
    [[], 0],
    [[1], 1],
    [[5, 5], 1],
    [[4, 3, 3], 2],
    [[1, 1, 1, 1, 1], 3],
    [[10, 1, 1, 1], 1],
    [[1, 1, 1, 10], 1],
    [[3, 3, 3, 3], 2],
  ])('of %j lines is %i', (lines, factor) => {
    expect(busFactor(known(...lines))).toBe(factor)
  })

  it('is the size of the smallest group of authors who made half of the lines', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 7 }), (lines) => {
        const total = lines.reduce((sum, some) => sum + some, 0)
        let smallest = lines.length
        for (let group = 1; group < 2 ** lines.length; group++) {
          const members = lines.filter((_, index) => group & (1 << index))
          if (members.reduce((sum, some) => sum + some, 0) * 2 >= total) smallest = Math.min(smallest, members.length)
        }
        expect(busFactor(known(...lines))).toBe(smallest)
      }),
    )
  })
})
