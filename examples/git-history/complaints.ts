import { StoreError, UnknownEventError } from 'rx-projection'
import { UsageError } from './arguments.ts'
import { GitError } from './git/runGit.ts'
import { LogFolderError } from './logFiles.ts'

/** The message for a user error, in one line; `undefined` for an error of the program. */
export function complaintOf(error: unknown): string | undefined {
  if (error instanceof UsageError || error instanceof GitError || error instanceof LogFolderError) return error.message
  if (error instanceof UnknownEventError) {
    return `the log holds events of something else (${error.event.type}); name another file with --db`
  }
  if (error instanceof StoreError) return `${error.message}; name another file with --db, or move this one away`
  const code = (error as NodeJS.ErrnoException | null | undefined)?.code
  if (typeof code === 'string') return (error as Error).message
  return undefined
}
