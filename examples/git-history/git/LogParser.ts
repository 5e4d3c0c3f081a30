import type { Commit, FileChange } from './commit.ts'
import { decodePath } from './decodePath.ts'
import { localTime } from './localTime.ts'
import { Tokens, withoutLineFeed } from './Tokens.ts'

/** The `--format` that {@link LogParser} reads: six fields, each ended by a NUL. */
export const LOG_FORMAT = '@%H%x00%P%x00%aN%x00%aE%x00%ad%x00%s'
const HEADER_FIELDS = 6

/** The longest subject that is kept: some histories have very long first lines. */
const SUBJECT_LENGTH = 200

/** Git's output does not have the requested format. */
export class GitLogFormatError extends Error {
  override readonly name = 'GitLogFormatError'
}

/**
 * Reads the output of `git log --raw --numstat -z` chunk by chunk, and keeps no more than the current commit.
 *
 * A commit is its header, then a raw record a file (`:modes hashes status`, path; a rename has two paths), then a numstat
 * record a file (`added TAB deleted TAB path`; a rename leaves the path empty and two paths follow). All end with NUL. A path
 * occurs only where one is expected, so no name, however odd, is taken for a record.
 */
export class LogParser {
  private readonly tokens = new Tokens((token) => this.step(token))
  private step: (token: Buffer) => void = this.record
  private header: string[] = []
  private files: FileChange[] = []
  private gone = new Set<string>()
  private complete: Commit[] = []

  /** Takes the next bytes and returns the commits that they complete. */
  push(chunk: Buffer): readonly Commit[] {
    this.tokens.push(chunk)
    const complete = this.complete
    this.complete = []
    return complete
  }

  /**
   * Returns the last commit, after all bytes have arrived.
   *
   * @throws {GitLogFormatError} they ended in the middle of a record.
   */
  finish(): readonly Commit[] {
    if (this.step !== this.record || withoutLineFeed(this.tokens.rest).length > 0) {
      throw new GitLogFormatError('the output of git log ended in the middle of a commit')
    }
    this.completeCommit()
    return this.push(Buffer.alloc(0))
  }

  /** A token at which a record begins. */
  private record(bytes: Buffer): void {
    const token = withoutLineFeed(bytes)
    if (token.length === 0) return
    switch (token[0]) {
      case 0x40: // @
        this.completeCommit()
        this.header = [token.toString('latin1', 1)]
        this.step = this.headerField
        return
      case 0x3a: // :
        this.rawRecord(token.toString('latin1'))
        return
      default:
        this.numstatRecord(token)
    }
  }

  private headerField(token: Buffer): void {
    this.header.push(token.toString('utf8'))
    if (this.header.length === HEADER_FIELDS) this.step = this.record
  }

  private rawRecord(token: string): void {
    const status = /^(?::\d+)+ \d+ [0-9a-f]+\.* [0-9a-f]+\.* ([A-Z])\d*$/.exec(token)?.[1]
    if (status === undefined) throw new GitLogFormatError(`git log wrote a raw record that cannot be read: ${token}`)
    const lastPath = (path: Buffer): void => {
      if (status === 'D') this.gone.add(decodePath(path))
      this.step = this.record
    }
    this.step = lastPath
    if (status === 'R') {
      this.step = () => {
        this.step = lastPath
      }
    }
  }

  private numstatRecord(token: Buffer): void {
    const [, added = '', deleted = '', path] = /^(\d+|-)\t(\d+|-)\t(.*)$/s.exec(token.toString('latin1')) ?? []
    if (path === undefined) {
      throw new GitLogFormatError(`git log wrote a record that cannot be read: ${token.toString('utf8').slice(0, 80)}`)
    }
    const lines = { added: lineCount(added), deleted: lineCount(deleted) }
    if (path !== '') {
      const name = decodePath(token.subarray(token.length - path.length))
      this.files.push(this.gone.has(name) ? { path: name, ...lines, gone: true } : { path: name, ...lines })
      return
    }
    this.step = (from) => {
      this.step = (to) => {
        this.files.push({ path: decodePath(to), from: decodePath(from), ...lines })
        this.step = this.record
      }
    }
  }

  private completeCommit(): void {
    const [hash, parents = '', author = '', email = '', time = '', subject = ''] = this.header
    if (hash === undefined) return
    this.complete.push({
      hash,
      parents: parents === '' ? [] : parents.split(' '),
      author: author || email || 'unknown',
      email,
      authoredAt: localTime(time),
      subject: subject.slice(0, SUBJECT_LENGTH).toWellFormed(),
      files: this.files,
    })
    this.header = []
    this.files = []
    this.gone = new Set()
  }
}

/** A binary file's lines are counted as `-`. */
function lineCount(text: string): number {
  return text === '-' ? 0 : Number(text)
}
