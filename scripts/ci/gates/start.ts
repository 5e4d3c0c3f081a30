import { type Gate, NotSo } from '../Gate.ts'
import { run } from '../shell.ts'

/** The README's start command, as somebody without a terminal sees it. */
export const start: Gate = {
  name: 'npm start',
  run: async () => {
    const output = await run('npm', ['start'], { timeout: 120_000 })
    if (output.trim() === '') throw new NotSo('npm start said nothing')
    return undefined
  },
}
