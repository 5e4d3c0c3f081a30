import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import manifest from '../../package.json' with { type: 'json' }
import type { Workplace } from './Gate.ts'
import { run } from './shell.ts'

/** The compilers that a user may have. */
export const COMPILERS: Readonly<Record<string, string>> = { 'typescript-5': '5.9.3', 'typescript-7': '7.0.2' }

/** A workplace in a folder: each part of it is made when it is first asked for, and once. */
export function makeWorkplace(folder: string): Workplace {
  let tarball: Promise<string> | undefined
  let consumer: Promise<string> | undefined
  const workplace: Workplace = {
    folder,
    tarball: () => (tarball ??= pack(folder)),
    consumer: () => (consumer ??= workplace.tarball().then((packed) => install(join(folder, 'consumer'), packed))),
  }
  return workplace
}

async function pack(folder: string): Promise<string> {
  await run('npm', ['pack', '--pack-destination', folder])
  const packed = (await readdir(folder)).find((name) => name.endsWith('.tgz'))
  if (packed === undefined) throw new Error('npm pack made no tarball')
  return join(folder, packed)
}

/** The optional peers that the types of an entry point speak of. */
const drivers = Object.fromEntries(
  Object.entries(manifest.devDependencies).filter(([name]) => name.startsWith('@nats-io/')),
)

/** A project of somebody else's, with the package, its peers and compilers, and nothing of ours. */
async function install(folder: string, tarball: string): Promise<string> {
  await mkdir(folder)
  const compilers = Object.entries(COMPILERS).map(([name, version]) => [name, `npm:typescript@${version}`])
  const dependencies = {
    'rx-projection': `file:${tarball}`,
    rxjs: manifest.devDependencies.rxjs,
    '@types/node': manifest.devDependencies['@types/node'],
    ...drivers,
    ...Object.fromEntries(compilers),
  }
  const project = { name: 'consumer', private: true, type: 'module', dependencies }
  await writeFile(join(folder, 'package.json'), JSON.stringify(project))
  await run('npm', ['install', '--no-audit', '--no-fund', '--no-update-notifier'], { cwd: folder })
  return folder
}
