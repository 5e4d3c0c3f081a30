import { cp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { chromium } from '../browser/chromium.ts'
import { visit } from '../browser/visit.ts'
import { type Gate, NotSo } from '../Gate.ts'
import { root, run } from '../shell.ts'

const EXPECTED = { offset: 1_000, state: 1_000, failures: 1 }

/** The operators, bundled from the packed package, run in a real browser: on a page and in a worker. */
export const browser: Gate = {
  name: 'the operators in a browser',
  run: async ({ consumer, folder }) => {
    const program = await chromium()
    const project = await consumer()
    await cp(join(root, 'scripts/ci/browser/page.ts'), join(project, 'page.ts'))
    const flags = ['--bundle', '--minify', '--format=esm', '--platform=browser', '--outfile=page.js']
    await run('esbuild', ['page.ts', ...flags], { cwd: project })
    const code = await readFile(join(project, 'page.js'), 'utf8')
    const reported = await visit(program, code, join(folder, 'profile'))
    if (!isDeepStrictEqual(reported, { page: EXPECTED, worker: EXPECTED })) {
      throw new NotSo(`the browser reported ${JSON.stringify(reported)}`)
    }
    return undefined
  },
}
