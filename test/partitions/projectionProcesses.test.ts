import { expect, test } from 'vitest'
import { describeOnEngines } from '../support/engines.ts'
import type { Process } from '../support/startProcess.ts'
import { runs, startWorker } from './support/processes.ts'
import { fillAll, foldOf, keepFilling, open } from './support/realLog.ts'
import type { Seen } from './support/seen.ts'

const failuresOf = ({ said }: Process) => said.filter((line) => line.startsWith('failure'))

/** The states of all partitions of a process, by stream. */
async function stateOf(worker: Process): Promise<Seen> {
  const from = worker.said.length
  worker.tell('state')
  const line = await worker.until((said) => said.slice(from).find((words) => words.startsWith('state ')))
  const states = JSON.parse(line.slice('state '.length)) as readonly (readonly [number, Seen])[]
  expect(states.length).toBe(8)
  return Object.assign({}, ...states.map(([, state]) => state))
}

describeOnEngines(
  'processes that share the partitions of a projection',
  (on) => {
    test('give the state of one, though one joins, one is killed and one leaves, while appends go on', async () => {
      const url = await on.newStore()
      const store = await open(url)
      await fillAll(store, 10)
      const filling = keepFilling(store)
      const first = startWorker(url, 'projection')
      await runs(first, 8)
      const second = startWorker(url, 'projection')
      await Promise.all([runs(first, 4), runs(second, 4)])
      await second.kill()
      await runs(first, 8)
      const third = startWorker(url, 'projection')
      await Promise.all([runs(first, 4), runs(third, 4)])
      await first.stops()
      await runs(third, 8)
      await filling.stop()
      expect(await stateOf(third)).toEqual(await foldOf(store))
      await third.stops()
      expect([...failuresOf(first), ...failuresOf(third)]).toEqual([])
    })

    test('save nothing of one that slept until others had its partitions', async () => {
      const url = await on.newStore()
      const store = await open(url)
      await fillAll(store, 10)
      const [first, second] = [startWorker(url, 'projection'), startWorker(url, 'projection')]
      await Promise.all([runs(first, 4), runs(second, 4)])
      first.tell('sleep')
      const filling = keepFilling(store)
      await first.says('asleep')
      await runs(second, 8)
      await filling.stop()
      const before = await stateOf(second)
      first.signal('SIGCONT')
      // What it had in hand is refused, it looks for partitions again, and gets its share.
      await first.until((said) => said.find((line) => line.startsWith('failure LeaseLostError')))
      await Promise.all([runs(first, 4), runs(second, 4)])
      await fillAll(store, 2)
      await second.stops()
      await runs(first, 8)
      expect(await stateOf(first)).toEqual(await foldOf(store))
      for (const [stream, ids] of Object.entries(before)) {
        expect((await foldOf(store))[stream]?.slice(0, ids.length)).toEqual(ids)
      }
      await first.stops()
    })
  },
  'PostgreSQL',
)
