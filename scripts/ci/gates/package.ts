import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { type Gate, NotSo } from '../Gate.ts'
import { run } from '../shell.ts'

/** What must not be in the package: everything but the library, its sources and its words. */
const STRANGE = /^(?!dist\/|operators\/|src\/|(package\.json|README\.md|CHANGELOG\.md|LICENSE)$)|\.test\.|node_modules/

/** publint has nothing to say. */
export const manifestIsClean: Gate = {
  name: 'publint',
  run: async ({ tarball }) => {
    const output = await run('publint', ['run', await tarball(), '--strict'])
    const said = output.split('\n').filter((line) => /^\s*\d+\. /.test(line))
    if (said.length > 0 || !/All good/.test(output)) throw new NotSo(`publint is not silent:\n${output}`)
    return undefined
  },
}

/** Every entry point resolves, with its types, for who imports ES modules: attw ends with 1 where one does not. */
export const exportsResolve: Gate = {
  name: 'attw',
  run: async ({ tarball }) => {
    await run('attw', [await tarball(), '--profile', 'esm-only', '--format', 'ascii', '--no-emoji'])
    return undefined
  },
}

/** The package holds what it should, and each source map leads to a source in it. */
export const mapsResolve: Gate = {
  name: 'package contents',
  run: async ({ consumer }) => {
    const folder = join(await consumer(), 'node_modules/rx-projection')
    const files = globSync('**/*', { cwd: folder, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    const strange = files.filter((file) => STRANGE.test(file))
    if (strange.length > 0) throw new NotSo(`these do not belong into the package: ${strange.join(', ')}`)
    const maps = files.filter((file) => file.endsWith('.map'))
    for (const map of maps) {
      const { sources } = JSON.parse(readFileSync(join(folder, map), 'utf8')) as { sources: readonly string[] }
      const lost = sources.find((source) => !existsSync(join(folder, dirname(map), source)))
      if (lost !== undefined) throw new NotSo(`${map} leads to ${lost}, which is not in the package`)
    }
    if (maps.length === 0) throw new NotSo('there are no source maps')
    return `${files.length} files, ${maps.length} source maps`
  },
}
