import { defineProjection, startPartitioned } from 'rx-projection'
import type { Observable } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { collectUnhandled } from '../runtime/support/unhandled.ts'
import { VirtualTime } from '../runtime/support/VirtualTime.ts'
import { collectWarnings } from '../runtime/support/warnings.ts'
import { type Stored, storeOn, ttl } from './support/workers.ts'

const warnings = collectWarnings()
const unhandled = collectUnhandled()

const poisoned = defineProjection<number>({
  name: 'poisoned',
  initialState: () => 0,
  on: {
    Added: () => {
      throw new Error('poison')
    },
  },
})

function start(change: (store: Stored) => Stored = (store) => store) {
  const time = new VirtualTime()
  const store = storeOn(time)
  const worker = startPartitioned(poisoned, { store: change(store), partitions: 2, ttl, scheduler: time })
  return { time, store, worker }
}

describe('a worker without onError', () => {
  test('warns of its fault, and does not end the process', async () => {
    const { time, store } = start()
    store.events.append('a', [{ type: 'Added', payload: 1 }])
    await time.passTo(60_000)
    const taken = await warnings.take()
    expect(taken.at(-1)).toMatchObject({
      projection: 'poisoned',
      message: expect.stringMatching(/^"poisoned": .*poison.* It has faulted and does not go on/),
    })
    expect(await unhandled.take()).toEqual([])
  })

  test.each(['partitions$', 'states$'] as const)(
    'warns of a fault that a subscriber of %s does not handle',
    async (name) => {
      const { time, store, worker } = start()
      const observed: Observable<unknown> = worker[name]
      observed.subscribe()
      store.events.append('a', [{ type: 'Added', payload: 1 }])
      await time.passTo(60_000)
      expect((await warnings.take()).at(-1)?.message).toMatch(/^"poisoned": .* It has faulted/)
      expect(await unhandled.take()).toEqual([])
    },
  )

  test('warns once that it cannot take part, however often it tries', async () => {
    const away = (): never => {
      throw new Error('away')
    }
    const { time, worker } = start((store) => ({ ...store, leases: { ...store.leases, acquire: away } }))
    await time.passTo(10_000)
    expect(await warnings.take()).toMatchObject([
      { message: '"poisoned": away. The worker goes on; pass onError to take its failures' },
    ])
    await worker.stop()
    expect(await unhandled.take()).toEqual([])
  })
})
