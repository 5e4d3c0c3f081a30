// Measures a first import: node examples/git-history/measure/measure.ts 10000 100000
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generateRepository } from './generateRepository.ts'

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))
/** Loaded into the process that is measured: at its end it tells its largest size. */
const TELL = `data:text/javascript,process.on('exit',()=>console.error('peak',process.resourceUsage().maxRSS))`

/** Runs the example on a repository; the time in s and the largest resident size in MB. */
async function measure(repository: string, db: string): Promise<{ readonly seconds: number; readonly peak: number }> {
  const began = performance.now()
  const args = ['--conditions=rx-projection-source', '--import', TELL, MAIN, '--repo', repository, '--db', db]
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

const sizes = process.argv.slice(2).map(Number)
for (const commits of sizes.length > 0 ? sizes : [10_000, 100_000]) {
  const folder = mkdtempSync(join(tmpdir(), 'git-history-'))
  try {
    const repository = join(folder, 'repository.git')
    const db = join(folder, 'log.db')
    await generateRepository(repository, { commits })
    const first = await measure(repository, db)
    const second = await measure(repository, db)
    console.log(
      `${commits} commits: ${first.seconds.toFixed(1)} s, ${Math.round(commits / first.seconds)} commits/s, ` +
        `peak ${Math.round(first.peak)} MB; again: ${second.seconds.toFixed(1)} s, peak ${Math.round(second.peak)} MB; ` +
        `log ${Math.round(statSync(db).size / 1e6)} MB`,
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
