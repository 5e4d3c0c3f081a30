import { setTimeout as pause } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import type { Scale, Variant } from './job.ts'

// One variant in a process of its own: it sets itself up, warms up, then runs once each time it is asked to. No garbage is
// collected by force between the runs: where no pipeline is alive at that moment, the engine drops the code it has optimized
// for one, and each run would start cold.
const [, , file, scale, warmUps] = process.argv

const variant: Variant = await import(pathToFileURL(file!).href)
const job = await variant.setUp(JSON.parse(scale!) as Scale)
for (let round = 0; round < Number(warmUps); round++) {
  await job.run()
  await pause(1)
}
process.send!({ ready: true })

// Whatever a variant has left running: it does not outlive who started it.
process.once('disconnect', () => process.exit())

process.on('message', async (message) => {
  if (message === 'run') {
    process.send!({ sample: await job.run() })
    return
  }
  await job.tearDown?.()
  process.exit()
})
