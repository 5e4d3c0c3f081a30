import { defineProjector, memory, startProjection, startProjector } from 'rx-projection'
import { concat, NEVER, of } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { hostileValues, trap } from '../../support/hostile.ts'
import { ids, storeWith } from '../support/notes.ts'
import { record } from '../support/record.ts'
import { VirtualTime } from '../support/VirtualTime.ts'

const good = { id: 1, stream: 'a', type: 'Noted', payload: { n: 1 } }
const throwing = Object.defineProperty({ stream: 'a', type: 'Noted', payload: { n: 2 } }, 'id', {
  get: () => {
    throw trap
  },
})

describe('a run', () => {
  test.each<[what: string, message: unknown, status: string, error: unknown]>([
    [
      'whose previous is no number',
      { ...good, id: 2, previous: { toString: 1 } },
      'faulted',
      { name: 'InvalidPositionError' },
    ],
    ['that is a symbol', Symbol('message'), 'faulted', { name: 'InvalidPositionError' }],
    ['that throws when it is looked at', throwing, 'retrying', trap],
  ])('ends or tries again for a message of a source %s', (_, message, status, error) => {
    const time = new VirtualTime()
    const told: unknown[] = []
    const projection = startProjection(ids, {
      source: () => concat(of(good, message as never), NEVER),
      snapshots: memory().snapshots,
      scheduler: time,
      onError: (failure) => told.push(failure),
    })
    const states = record(projection.state$, time)
    const statuses = record(projection.status$, time)
    time.runTo(0)
    expect(told).toMatchObject([error])
    expect([states.values.at(-1), statuses.values.at(-1)]).toEqual([[1], status])
  })

  test.each(hostileValues)('reports a handler that throws %s, and retries', (_, make) => {
    const time = new VirtualTime()
    let fails = 1
    const told: unknown[] = []
    const hostile = defineProjector({
      name: 'p',
      process: () => {
        if (fails-- > 0) throw make()
      },
    })
    const projector = startProjector(hostile, {
      store: storeWith(2),
      scheduler: time,
      retry: { delay: 10, entropy: 0 },
      onError: (error) => told.push(error),
    })
    time.runTo(20)
    expect([projector.position, told.length]).toEqual([2, 1])
  })

  test.each(hostileValues)('reports a store that throws %s, and retries', (_, make) => {
    const time = new VirtualTime()
    const store = storeWith(2)
    let fails = 1
    const load: typeof store.snapshots.load = (...key) => {
      if (fails-- > 0) throw make()
      return store.snapshots.load(...key)
    }
    const told: unknown[] = []
    const projection = startProjection(ids, {
      store: { ...store, snapshots: { ...store.snapshots, load } },
      scheduler: time,
      retry: { delay: 10, entropy: 0 },
      onError: (error) => told.push(error),
    })
    time.runTo(20)
    expect([projection.current?.offset, told.length]).toEqual([2, 1])
  })
})
