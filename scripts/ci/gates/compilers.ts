import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { importsOfAll } from '../entryPoints.ts'
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
    const tsc = join(project, `node_modules/${name}/bin/tsc`)
    const check = async (what: string, code: string, types: readonly string[]): Promise<void> => {
      const folder = join(project, `${what}-${name}`)
      await mkdir(folder)
      await writeFile(join(folder, 'index.ts'), code)
      await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: { ...compilerOptions, types } }))
      await run('node', [tsc, '-p', folder])
    }
    // Without the types of Node: a browser's project has none.
    await check('operators', `export * from 'rx-projection/operators'\n`, [])
    await check('example', (await firstExample()).code, [])
    await check('all', importsOfAll, ['node'])
    return undefined
  },
}))
