import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { firstExample } from '../firstExample.ts'
import type { Gate } from '../Gate.ts'
import { COMPILERS } from '../makeWorkplace.ts'
import { run } from '../shell.ts'

/** What `tsc --init` chooses, and the library's own types are checked as well. */
const compilerOptions = { module: 'nodenext', target: 'esnext', strict: true, noEmit: true, skipLibCheck: false }

/** Each compiler that a user may have takes the README's first example, and the types of the package itself. */
export const compilers: readonly Gate[] = Object.entries(COMPILERS).map(([name, version]) => ({
  name: `types under TypeScript ${version}`,
  run: async ({ consumer }) => {
    const project = await consumer()
    const folder = join(project, `check-${name}`)
    await mkdir(folder)
    await writeFile(join(folder, 'example.ts'), (await firstExample()).code)
    // Without the types of Node: a browser's project has none.
    await writeFile(join(folder, 'operators.ts'), `export * from 'rx-projection/operators'\n`)
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: { ...compilerOptions, types: [] } }),
    )
    await run('node', [join(project, `node_modules/${name}/bin/tsc`), '-p', folder])
    return undefined
  },
}))
