import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Commit, FileChange } from '../../../examples/git-history/git/commit.ts'
import { GitLogFormatError, LogParser } from '../../../examples/git-history/git/LogParser.ts'

const HASH = 'a'.repeat(40)

/** A commit as git prints it with `--raw --numstat -z`. */
function printed({ hash, parents, author, email, subject, files }: Commit): string {
  const header = [`@${hash}`, parents.join(' '), author, email, '1795323174 +0100', subject].map(
    (field) => `${field}\0`,
  )
  const raw = files.map(({ path, from, gone }) => {
    const status = from === undefined ? (gone ? 'D' : 'M') : 'R087'
    return `:100644 100644 ${HASH} ${HASH} ${status}\0${from === undefined ? '' : `${from}\0`}${path}\0`
  })
  const numstat = files.map(({ path, from, added, deleted }) =>
    from === undefined ? `${added}\t${deleted}\t${path}\0` : `${added}\t${deleted}\t\0${from}\0${path}\0`,
  )
  return header.join('') + (files.length > 0 ? '\n' : '') + raw.join('') + numstat.join('')
}

function parsed(bytes: Buffer, cuts: readonly number[] = []): Commit[] {
  const parser = new LogParser()
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((one, other) => one - other), bytes.length]
  const commits = places.slice(1).flatMap((end, index) => parser.push(bytes.subarray(places[index], end)))
  return [...commits, ...parser.finish()]
}

const text = fc.string({ unit: 'grapheme' }).map((some) => some.replaceAll(/[\0\n]/g, '').toWellFormed())
const path = fc
  .oneof(
    fc.string({ unit: 'grapheme', minLength: 1 }),
    fc.constantFrom('__proto__', '@name', ':100644 name', '1\t2\tname', '-', ' ', '"quoted"', 'two\nlines', '\n', '\t'),
  )
  .map((name) => name.replaceAll('\0', '').toWellFormed() || 'name')
const hash = fc.integer({ min: 0, max: 2 ** 30 }).map((number) => number.toString(16).padStart(40, '0'))
const lineCount = fc.nat(10_000)
const file: fc.Arbitrary<FileChange> = fc.oneof(
  fc.record({ path, added: lineCount, deleted: lineCount }),
  fc.record({ path, from: path, added: lineCount, deleted: lineCount }),
  fc.record({ path, added: fc.constant(0), deleted: lineCount, gone: fc.constant(true as const) }),
)
const commit: fc.Arbitrary<Commit> = fc.record({
  hash,
  parents: fc.array(hash, { maxLength: 3 }),
  author: text.map((name) => name || 'somebody'),
  email: text,
  authoredAt: fc.constant('2026-11-22T05:52:54+01:00'),
  subject: text.map((subject) => subject.slice(0, 200).toWellFormed()),
  files: fc.uniqueArray(file, { selector: (change) => change.path, maxLength: 5 }),
})

describe('LogParser', () => {
  it('reads what git prints, wherever its chunks end', () => {
    fc.assert(
      fc.property(fc.array(commit, { maxLength: 6 }), fc.array(fc.nat()), (commits, cuts) => {
        const bytes = Buffer.from(commits.map(printed).join(''))
        expect(parsed(bytes, cuts)).toEqual(commits)
      }),
      { numRuns: 1_000 },
    )
  })

  it('reads a commit byte by byte', () => {
    const one: Commit = {
      hash: HASH,
      parents: [],
      author: 'Ada',
      email: 'ada@example.org',
      authoredAt: '2026-11-22T05:52:54+01:00',
      subject: 'Begin',
      files: [{ path: 'ä/ö', added: 1, deleted: 0 }],
    }
    const bytes = Buffer.from(printed(one))
    expect(parsed(bytes, Array.from(bytes.keys()))).toEqual([one])
  })

  it('gives a commit as soon as the next one begins', () => {
    const parser = new LogParser()
    const bytes = Buffer.from(`@1\0\0Ada\0a@b\0${'1 +0000'}\0one\0@2\0`)
    expect(parser.push(bytes).map(({ hash: found }) => found)).toEqual(['1'])
  })

  it('counts a binary file as no lines', () => {
    const bytes = Buffer.from('@1\0\0Ada\0a@b\x001 +0000\0s\0\n:0 1 0 a A\0pic\0-\t-\tpic\0')
    expect(parsed(bytes)[0]?.files).toEqual([{ path: 'pic', added: 0, deleted: 0 }])
  })

  it('names an author without a name by the address', () => {
    expect(parsed(Buffer.from('@1\0\0\0a@b\x001 +0000\0s\0'))[0]?.author).toBe('a@b')
    expect(parsed(Buffer.from('@1\0\0\0\x001 +0000\0s\0'))[0]?.author).toBe('unknown')
  })

  it('keeps 200 characters of a subject, and no half of one', () => {
    const [long] = parsed(Buffer.from(`@1\0\0A\0a\x001 +0000\0${'x'.repeat(199)}😀 and more\0`))
    expect(long?.subject).toBe(`${'x'.repeat(199)}\ufffd`)
  })

  it('has no commit where nothing was printed', () => {
    expect(parsed(Buffer.alloc(0))).toEqual([])
  })

  it.each([
    ['a header', '@1\0\0Ada\0'],
    ['a token', '@1\0\0Ada\0a\x001 +0000\0s\0:100644 1'],
    ['a raw record', '@1\0\0Ada\0a\x001 +0000\0s\0:0 1 0 a A\0'],
    ['a rename', '@1\0\0Ada\0a\x001 +0000\0s\x001\t2\t\0from\0'],
  ])('refuses output that ends in the middle of %s', (_, bytes) => {
    expect(() => parsed(Buffer.from(bytes))).toThrow(GitLogFormatError)
  })

  it.each(['x\0', '1\t2\0', ':nonsense\0', '\x01\0'])('refuses what is no record: %j', (record) => {
    expect(() => parsed(Buffer.from(`@1\0\0Ada\0a\x001 +0000\0s\0${record}`))).toThrow(GitLogFormatError)
  })
})
