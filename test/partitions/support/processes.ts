import { type Process, startProcess } from '../../support/startProcess.ts'

/** Starts a process with a worker of a partitioned projection, or projector. */
export function startWorker(url: string, what: 'projection' | 'lines' | 'rows'): Process {
  return startProcess(new URL('./partitionedProcess.ts', import.meta.url), what, url)
}

/** The partitions that a process runs, as it said last. */
function partitionsOf(said: readonly string[]): readonly string[] {
  const [, ...partitions] = said.findLast((line) => line.startsWith('partitions'))?.split(' ') ?? []
  return partitions.filter((partition) => partition !== '')
}

/** Waits until a process runs so many partitions. */
export async function runs(worker: Process, count: number): Promise<void> {
  await worker.until((said) => partitionsOf(said).length === count || undefined)
}
