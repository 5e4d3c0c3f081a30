import type { Gate } from '../Gate.ts'
import { run } from '../shell.ts'

/** The short benchmark: it fails on gross regressions only, since this machine may be a busy one. */
export const bench: Gate = {
  name: 'bench',
  run: () => run('npm', ['run', 'bench', '--', '--quick'], { timeout: 300_000 }).then(() => undefined),
}
