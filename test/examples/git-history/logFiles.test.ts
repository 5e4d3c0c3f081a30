import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { LogFiles, LogFolderError } from '../../../examples/git-history/logFiles.ts'
import { TemporaryFolder } from './support/temporaryRepository.ts'

describe('LogFiles', () => {
  it('begins with the file that was named, in a folder that it makes', async () => {
    using folder = new TemporaryFolder()
    const files = new LogFiles(join(folder.path, 'deep/er/history.db'))
    expect(await files.newest()).toBe(1)
    expect(files.path(1)).toBe(join(folder.path, 'deep/er/history.db'))
    expect(files.path(2)).toBe(join(folder.path, 'deep/er/history.log2.db'))
  })

  it('finds the newest log, and takes nothing else for one', async () => {
    using folder = new TemporaryFolder()
    const names = [
      'a.db',
      'a.log2.db',
      'a.log10.db',
      'a.log11.db-wal',
      'a.log12',
      'a.log013.db',
      'b.log14.db',
      'a.db.log15',
    ]
    for (const name of names) writeFileSync(join(folder.path, name), '')
    expect(await new LogFiles(join(folder.path, 'a.db')).newest()).toBe(10)
  })

  it('removes a log with what SQLite keeps beside it', async () => {
    using folder = new TemporaryFolder()
    for (const name of ['a', 'a-wal', 'a-shm', 'a.log2', 'a.log2-wal']) writeFileSync(join(folder.path, name), '')
    const files = new LogFiles(join(folder.path, 'a'))
    await files.remove(1)
    await files.remove(7)
    expect(readdirSync(folder.path)).toEqual(['a.log2', 'a.log2-wal'])
  })

  it('refuses a folder that cannot be one', async () => {
    using folder = new TemporaryFolder()
    writeFileSync(join(folder.path, 'file'), '')
    await expect(new LogFiles(join(folder.path, 'file', 'a.db')).newest()).rejects.toThrow(LogFolderError)
  })
})
