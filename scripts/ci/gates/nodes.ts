import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import manifest from '../../../package.json' with { type: 'json' }
import { importsOfAll } from '../entryPoints.ts'
import { firstExample } from '../firstExample.ts'
import { type Gate, NotSo, type Workplace } from '../Gate.ts'
import { run } from '../shell.ts'

const VERSIONS = [manifest.devDependencies.node, '26.10.0']

/** The README's first example runs, from the packed package, under each Node that a user may have. */
export const nodes: readonly Gate[] = VERSIONS.map((version) => ({
  name: `the README's first example under Node ${version}`,
  run: async (workplace) => {
    const { code, prints } = await firstExample()
    const folder = join(await workplace.consumer(), `run-${version}`)
    await mkdir(folder)
    await writeFile(join(folder, 'example.ts'), code)
    const node = version === manifest.devDependencies.node ? process.execPath : await nodeOf(version, workplace)
    const found = (await run(node, ['--version'])).trim()
    if (found !== `v${version}`) throw new NotSo(`this is Node ${found}`)
    const printed = (await run(node, ['example.ts'], { cwd: folder, timeout: 60_000 })).trim().split('\n')
    if (printed.join(', ') !== prints.join(', ')) {
      throw new NotSo(`it printed ${JSON.stringify(printed)}, and says ${JSON.stringify(prints)}`)
    }
    // None of them needs an optional peer merely to be loaded.
    await writeFile(join(folder, 'all.ts'), importsOfAll)
    await run(node, ['all.ts'], { cwd: folder })
    return undefined
  },
}))

/** Another Node, by npm. Where its program is. */
async function nodeOf(version: string, { folder }: Workplace): Promise<string> {
  const project = join(folder, `node-${version}`)
  await mkdir(project)
  const content = { private: true, dependencies: { node: version }, allowScripts: { node: true } }
  await writeFile(join(project, 'package.json'), JSON.stringify(content))
  await run('npm', ['install', '--no-audit', '--no-fund', '--no-update-notifier'], { cwd: project })
  return join(project, 'node_modules/.bin/node')
}
