import { realpath } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { History } from './git/History.ts'
import { openRepository } from './git/openRepository.ts'
import { GitError } from './git/runGit.ts'
import { sampleHistory } from './sample/sampleHistory.ts'

/** The folder of this project, which contains the example, whatever the current folder is. */
const PROJECT = fileURLToPath(new URL('../../', import.meta.url))

/**
 * The requested history: a repository's, or this project's own, or, if the project is not a repository (a downloaded
 * archive), the sample's.
 *
 * @throws {GitError} the named folder is not in a repository.
 */
export async function chooseHistory(repo: string | undefined, project: string = PROJECT): Promise<History> {
  if (repo !== undefined) {
    try {
      return await openRepository(repo)
    } catch (error) {
      throw error instanceof GitError ? new GitError(`${repo}: ${error.message}`, error.exitCode) : error
    }
  }
  try {
    const { root, ...history } = await openRepository(project)
    // An archive that was unpacked inside another repository does not belong to that repository.
    if (root === (await realpath(project))) return history
    return await sampleHistory(project, 'it only lies inside another one')
  } catch (error) {
    if (!(error instanceof GitError)) throw error
    return await sampleHistory(project, error.message)
  }
}
