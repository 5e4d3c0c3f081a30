import { realpath } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { History } from './git/History.ts'
import { openRepository } from './git/openRepository.ts'
import { GitError } from './git/runGit.ts'
import { sampleHistory } from './sample/sampleHistory.ts'

/** The folder of this project: where the example lies, wherever it is called from. */
const PROJECT = fileURLToPath(new URL('../../', import.meta.url))

/**
 * The history that was asked for: a repository's, or this project's own, or, where that is no repository (a downloaded
 * archive), the sample's.
 *
 * @throws {GitError} the folder that was named is in no repository.
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
    // An archive that was unpacked inside a repository of somebody is no part of that.
    if (root === (await realpath(project))) return history
    return await sampleHistory(project, 'it only lies inside another one')
  } catch (error) {
    if (!(error instanceof GitError)) throw error
    return await sampleHistory(project, error.message)
  }
}
