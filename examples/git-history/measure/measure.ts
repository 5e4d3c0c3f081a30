// Measures a first import: node examples/git-history/measure/measure.ts 10000 100000
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generateRepository } from './generateRepository.ts'

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))
/** Loaded into the measured process: reports its largest size at the end. */
const TELL = `data:text/javascript,process.on('exit',()=>console.error('peak',process.resourceUsage().maxRSS))`

/** A heap that is too small for anything that grows with the history. */
const SMALL_HEAP = ['--max-old-space-size=64', '--max-semi-space-size=4']

interface Measured {
  readonly seconds: number
  /** The largest resident size, in MB. */
  readonly peak: number
}

/** Runs the example on a repository. */
async function measure(repository: string, db: string, flags: readonly string[] = []): Promise<Measured> {
  const began = performance.now()
  const args = ['--conditions=rx-projection-source', ...flags, '--import', TELL, MAIN, '--repo', repository, '--db', db]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let complaints = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text
  })
  const [code] = await once(child, 'close')
  const peak = Number(/^peak (\d+)$/m.exec(complaints)?.[1])
  if (code !== 0 || Number.isNaN(peak)) throw new Error(`the example ended with ${code}: ${complaints}`)
  return { seconds: (performance.now() - began) / 1_000, peak: peak / 1_024 }
}

console.log('| commits | first run | commits/s | peak | peak, heap of 64 MB | second run | log |')
console.log('| --- | --- | --- | --- | --- | --- | --- |')
const sizes = process.argv.slice(2).map(Number)
for (const commits of sizes.length > 0 ? sizes : [10_000, 100_000]) {
  const folder = mkdtempSync(join(tmpdir(), 'git-history-'))
  try {
    const repository = join(folder, 'repository.git')
    const db = join(folder, 'log.db')
    await generateRepository(repository, { commits })
    const first = await measure(repository, db)
    const second = await measure(repository, db)
    const small = await measure(repository, join(folder, 'small.db'), SMALL_HEAP)
    const cells = [
      commits.toLocaleString('en-US'),
      `${first.seconds.toFixed(1)} s`,
      Math.round(commits / first.seconds).toLocaleString('en-US'),
      ...[first, small].map(({ peak }) => `${Math.round(peak)} MB`),
      `${second.seconds.toFixed(1)} s`,
      `${Math.round(statSync(db).size / 1e6)} MB`,
    ]
    console.log(`| ${cells.join(' | ')} |`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
