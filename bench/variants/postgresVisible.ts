import { startProjection } from 'rx-projection'
import { postgres } from 'rx-projection/postgres'
import type { Job, Scale } from '../harness/job.ts'
import { AppendLatency } from '../latency.ts'
import { ownName } from '../ownName.ts'
import { seededSchema } from '../postgresSeed.ts'
import { type BankEvent, bankTotals } from '../workload.ts'

/**
 * From the call of `append` in one store to the new state on the `state$` of another, which knows of it by a notification;
 * with `workers: 1` in the same store.
 */
export async function setUp({ events, appends, url, workers = 2 }: Scale): Promise<Job> {
  const schema = await seededSchema(url!, events, ownName('visible'))
  const reading = postgres<BankEvent>({ connectionString: url!, schema })
  const writing = workers === 1 ? reading : postgres<BankEvent>({ connectionString: url!, schema })
  await writing.open()
  const projection = startProjection(bankTotals(), { store: reading })
  await projection.whenCaughtUp()
  const latency = new AppendLatency(projection.current!.state.deposited, (stream, event) =>
    writing.events.append(stream, [event]),
  )
  projection.state$.subscribe(({ deposited }) => latency.observe(deposited))
  return {
    run: () => latency.sample(appends),
    async tearDown() {
      await projection.stop()
      await writing[Symbol.asyncDispose]()
      await reading[Symbol.asyncDispose]()
    },
  }
}
