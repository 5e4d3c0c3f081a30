import pg from 'pg'
import { partitionOf } from 'rx-projection'
import { expect, onTestFinished, test } from 'vitest'
import { describeOnEngines } from '../support/engines.ts'
import type { Process } from '../support/startProcess.ts'
import { runs, startWorker } from './support/processes.ts'
import { eventsOf, fillAll, open } from './support/realLog.ts'
import type { Stored } from './support/workers.ts'

const isAscending = (ids: readonly number[]) => ids.every((id, index) => index === 0 || id > ids[index - 1]!)

function byStream(
  handled: readonly { readonly id: number; readonly stream: string }[],
): readonly (readonly number[])[] {
  return Object.values(Object.groupBy(handled, ({ stream }) => stream)).map((own) => own!.map(({ id }) => id))
}

/** Waits until the position of each partition is that of its last event. */
async function caughtUp(store: Stored): Promise<void> {
  const newest = new Map<string, number>()
  for (const { id, stream } of await eventsOf(store)) newest.set(`seen@${partitionOf(stream, 8)}/8`, id)
  const positions = () => Promise.all([...newest.keys()].map((name) => store.positions.load(name)))
  await expect.poll(positions, { timeout: 60_000 }).toEqual([...newest.values()])
}

/** What is left is handled by one of three workers: the others were killed, slept until it had their partitions, and left. */
async function live(url: string, what: 'rows' | 'lines', store: Stored): Promise<readonly Process[]> {
  await fillAll(store, 10)
  const killed = startWorker(url, what)
  await runs(killed, 8)
  const sleeper = startWorker(url, what)
  await Promise.all([runs(killed, 4), runs(sleeper, 4), fillAll(store, 10)])
  await Promise.all([killed.kill(), fillAll(store, 10)])
  await runs(sleeper, 8)
  const last = startWorker(url, what)
  await Promise.all([runs(sleeper, 4), runs(last, 4), fillAll(store, 10)])
  sleeper.tell('sleep')
  await Promise.all([sleeper.says('asleep'), fillAll(store, 10)])
  await runs(last, 8)
  await fillAll(store, 5)
  await caughtUp(store)
  sleeper.signal('SIGCONT')
  await sleeper.until((said) => said.find((line) => line.startsWith('failure LeaseLostError')))
  // Nothing is appended meanwhile: were the position of what it slept in saved, it would be handled from there again.
  await Promise.all([runs(sleeper, 4), runs(last, 4)])
  await fillAll(store, 10)
  await sleeper.stops()
  await Promise.all([runs(last, 8), fillAll(store, 5)])
  await caughtUp(store)
  await last.stops()
  return [killed, sleeper, last]
}

/** Of another engine. */
const none = (_title: string, _fact: () => Promise<void>): void => undefined

describeOnEngines('processes that share the partitions of a projector', (on) => {
  // What is promised differs: PostgreSQL has transactions, NATS has none.
  const { transactional, atLeastOnce } =
    on.name === 'PostgreSQL' ? { transactional: test, atLeastOnce: none } : { transactional: none, atLeastOnce: test }

  transactional(
    'write every event exactly once, in the order of its stream, though one is killed and one wakes too late',
    async () => {
      const url = await on.newStore()
      const client = new pg.Client(url)
      await client.connect()
      onTestFinished(() => client.end())
      // Without a key of its own: what is written twice is there twice.
      await client.query('CREATE TABLE seen (n bigserial, id int, stream text)')
      const store = await open(url)
      await live(url, 'rows', store)
      const { rows: written } = await client.query('SELECT id, stream FROM seen ORDER BY n')
      const ids = (await eventsOf(store)).map(({ id }) => id)
      expect(written.map(({ id }) => id).sort((a, b) => a - b)).toEqual(ids)
      for (const own of byStream(written)) expect(isAscending(own)).toBe(true)
    },
  )

  atLeastOnce(
    'handle every event, and at a takeover one of each partition again; a position that one saves too late is refused',
    async () => {
      const url = await on.newStore()
      const store = await open(url)
      const workers = await live(url, 'lines', store)
      const handledBy = ({ said }: Process) =>
        said
          .filter((line) => line.startsWith('handled'))
          .map((line) => line.split(' '))
          .map(([, id, stream]) => ({ id: Number(id), stream: stream! }))
      const handled = workers.flatMap(handledBy).map(({ id }) => id)
      const ids = (await eventsOf(store)).map(({ id }) => id)
      expect([...new Set(handled)].sort((a, b) => a - b)).toEqual(ids)
      // One event of each of 4 partitions can be handled and not saved, by the one that was killed and by the one that slept.
      expect(handled.length - ids.length).toBeLessThanOrEqual(8)
      for (const own of byStream(handledBy(workers[0]!))) expect(isAscending(own)).toBe(true)
    },
  )
})
