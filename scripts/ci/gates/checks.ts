import type { Gate } from '../Gate.ts'
import { run } from '../shell.ts'

/** The types of everything, and of the library as it is published. */
export const types: Gate = {
  name: 'types',
  run: () => run('npm', ['run', 'types']).then(() => undefined),
}

/** Format and lint. */
export const lint: Gate = {
  name: 'lint',
  run: () => run('npm', ['run', 'lint']).then(() => undefined),
}

/** No file, export or dependency without a use. */
export const unused: Gate = {
  name: 'unused',
  run: () => run('npm', ['run', 'unused']).then(() => undefined),
}

/** The bundle budget. It measures what `npm pack` built. */
export const sizes: Gate = {
  name: 'size',
  run: async ({ tarball }) => {
    await tarball()
    const report = JSON.parse(await run('size-limit', ['--json'])) as { name: string; size: number; passed: boolean }[]
    return report.map(({ name, size }) => `${name} ${(size / 1_000).toFixed(2)} kB`).join(', ')
  },
}
