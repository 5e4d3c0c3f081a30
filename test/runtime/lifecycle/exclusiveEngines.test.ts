import { openStore } from 'rx-projection'
import { expect, onTestFinished, test } from 'vitest'
import { describeOnEngines } from '../../support/engines.ts'
import { type Process, startProcess } from '../../support/startProcess.ts'
import { append, upTo } from '../support/notes.ts'

const start = (url: string): Process => startProcess(new URL('../support/exclusiveProcess.ts', import.meta.url), url)

const STATUSES = ['hydrating', 'catching-up', 'live', 'retrying', 'stopped', 'faulted']
const statusOf = ({ said }: Process) => said.findLast((line) => STATUSES.includes(line))
const isLive = (worker: Process) => worker.until(() => statusOf(worker) === 'live' || undefined)

/** Waits until one of some processes runs; that one first, then those that stand by. */
async function theOneOf(workers: readonly Process[]): Promise<readonly [Process, ...Process[]]> {
  const one = await Promise.race(workers.map(async (worker) => (await isLive(worker)) && worker))
  return [one as Process, ...workers.filter((worker) => worker !== one)]
}

async function stateOf(worker: Process): Promise<readonly number[]> {
  const from = worker.said.length
  worker.tell('state')
  const line = await worker.until((said) => said.slice(from).find((words) => words.startsWith('state ')))
  return JSON.parse(line.slice('state '.length))
}

describeOnEngines('of three processes with the same exclusive projection', (on) => {
  test('one runs; another takes over when it is killed, and when it sleeps; its saves after it wakes are refused', async () => {
    const url = await on.newStore()
    const store = await openStore(url)
    onTestFinished(() => store[Symbol.asyncDispose]())
    await append(store, 50)
    const workers = [start(url), start(url), start(url)]
    for (const worker of workers) await worker.says('hydrating')

    const [killed, ...others] = await theOneOf(workers)
    await append(store, 20)
    expect(await stateOf(killed)).toEqual(upTo(70))
    expect(others.map(statusOf)).toEqual(['hydrating', 'hydrating'])

    await killed.kill()
    const [sleeper, last] = await theOneOf(others)
    await append(store, 20)
    expect(await stateOf(sleeper)).toEqual(upTo(90))
    expect(statusOf(last!)).toBe('hydrating')

    sleeper.tell('sleep')
    await append(store, 1)
    await sleeper.says('asleep')
    await isLive(last!)
    await append(store, 9)
    expect(await stateOf(last!)).toEqual(upTo(100))
    sleeper.signal('SIGCONT')
    await sleeper.until((said) => said.find((line) => /^failure the lease ".*" of epoch 2 is lost/.test(line)))
    await sleeper.until(() => statusOf(sleeper) === 'hydrating' || undefined)
    await append(store, 10)
    expect(await stateOf(last!)).toEqual(upTo(110))
    expect(statusOf(sleeper)).toBe('hydrating')

    await last!.stops()
    await isLive(sleeper)
    expect(await stateOf(sleeper)).toEqual(upTo(110))
    await sleeper.stops()
    expect(await store.snapshots.load('ids', 1)).toEqual({ offset: 110, state: upTo(110) })
  })
})
