import { postgres } from 'rx-projection/postgres'
import { coldStart } from '../coldStart.ts'
import type { Job, Scale } from '../harness/job.ts'
import { seededSchema } from '../postgresSeed.ts'
import type { BankEvent } from '../workload.ts'

/** A cold start over a PostgreSQL log. */
export async function setUp({ events, url }: Scale): Promise<Job> {
  return coldStart(postgres<BankEvent>({ connectionString: url!, schema: await seededSchema(url!, events) }))
}
