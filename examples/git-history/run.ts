import type { Arguments } from './arguments.ts'
import { chooseHistory } from './chooseHistory.ts'
import { LogFiles } from './logFiles.ts'
import { RunStatistics } from './RunStatistics.ts'
import { Session } from './Session.ts'
import type { View } from './View.ts'

/**
 * Reads a history into its log, shows the read models, and with `--watch` follows it until interrupted.
 *
 * @returns whether the whole task was done: false if it was interrupted.
 */
export async function run(options: Arguments, view: View, signal: AbortSignal): Promise<boolean> {
  const began = performance.now()
  const history = await chooseHistory(options.repo)
  const files = new LogFiles(options.db ?? history.defaultLog)
  for (let number = await files.newest(); ; number++) {
    const statistics = new RunStatistics()
    const logFile = files.path(number)
    const ending = await new Session({ history, logFile, options, view, signal, statistics }).run()
    if (ending === 'rewritten') {
      view.remark(
        'The history was rewritten: the last imported commit is not part of it any more. ' +
          `A new log begins in ${files.path(number + 1)}; the old one stays.`,
      )
      await files.remove(number - 1)
      continue
    }
    const interrupted = ending === 'interrupted'
    view.summary({ ...statistics.summary(), elapsed: performance.now() - began, logFile, interrupted })
    return !interrupted
  }
}
