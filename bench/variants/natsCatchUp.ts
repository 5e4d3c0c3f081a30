import { nats } from 'rx-projection/nats'
import { coldStart } from '../coldStart.ts'
import type { Job, Scale } from '../harness/job.ts'
import { seededStream } from '../natsSeed.ts'
import type { BankEvent } from '../workload.ts'

/** A cold start over a JetStream log. */
export async function setUp({ events, url }: Scale): Promise<Job> {
  return coldStart(nats<BankEvent>({ servers: url!, stream: await seededStream(url!, events) }))
}
