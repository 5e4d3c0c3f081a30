import { mkdir, readdir, rm } from 'node:fs/promises'
import { dirname, join, parse } from 'node:path'

/** The folder of a log cannot be created or read. `message` is one line for a user. */
export class LogFolderError extends Error {
  override readonly name = 'LogFolderError'
}

/**
 * The database files of a history's logs. The first is the named file. If the history was rewritten, a new log
 * begins in a file next to it: `history.db`, `history.log2.db`, `history.log3.db`, …
 */
export class LogFiles {
  private readonly file: string

  constructor(file: string) {
    this.file = file
  }

  /** The number of the latest log; 1 if there is none yet. Creates the folder. */
  async newest(): Promise<number> {
    const folder = dirname(this.file)
    try {
      await mkdir(folder, { recursive: true })
      const numbers = (await readdir(folder)).map((name) => this.numberOf(name))
      return Math.max(1, ...numbers)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      throw new LogFolderError(`${folder} cannot be the folder of a log (${code}); name a file elsewhere with --db`)
    }
  }

  /** The file of a log. */
  path(number: number): string {
    const { dir, name, ext } = parse(this.file)
    return number === 1 ? this.file : join(dir, `${name}.log${number}${ext}`)
  }

  /** Removes a log, if it exists, with SQLite's additional files. */
  async remove(number: number): Promise<void> {
    for (const suffix of ['', '-wal', '-shm']) await rm(this.path(number) + suffix, { force: true })
  }

  private numberOf(fileName: string): number {
    const { name, ext } = parse(this.file)
    const middle = fileName.slice(name.length, fileName.length - ext.length)
    const number = /^\.log([1-9]\d{0,8})$/.exec(middle)?.[1]
    return number !== undefined && fileName === `${name}${middle}${ext}` ? Number(number) : 0
  }
}
