import { type ProjectionHandle, startProjection, type WaitOptions } from 'rx-projection'
import { describe, expect, test } from 'vitest'
import { countedSignal } from '../support/countedSignal.ts'
import { hangingReads } from '../support/hangingReads.ts'
import { Later } from '../support/Later.ts'
import { type IdsState, ids, storeWith } from '../support/notes.ts'
import { record, watch } from '../support/record.ts'
import { promises, VirtualTime } from '../support/VirtualTime.ts'

type Wait = (projection: ProjectionHandle<IdsState>, options?: WaitOptions) => Promise<unknown>

/** Every wait of a projection, each for something that has not come. */
const waits: [string, Wait][] = [
  ['state()', (projection, options) => projection.state(options)],
  ['state({ atLeast })', (projection, options) => projection.state({ ...options, atLeast: 9 })],
  ['snapshot()', (projection, options) => projection.snapshot(options)],
  ['snapshot({ atLeast })', (projection, options) => projection.snapshot({ ...options, atLeast: 9 })],
  ['catchUp()', (projection, options) => projection.catchUp(options)],
  ['whenCaughtUp()', (projection, options) => projection.whenCaughtUp(options)],
  ['whenProcessed()', (projection, options) => projection.whenProcessed(9, options)],
]

describe('every wait', () => {
  test.each(waits)('%s rejects with a TimeoutError and leaves nothing behind', async (name, wait) => {
    const time = new VirtualTime()
    const projection = startProjection(ids, { store: hangingReads(2), scheduler: time })
    time.runTo(10)
    const { timers } = time
    const waiting = watch(wait(projection, { timeout: 50 }))
    await time.passTo(59)
    expect(waiting.state).toBe('pending')
    await time.passTo(60)
    expect(waiting).toMatchObject({ state: 'rejected', error: { name: 'TimeoutError', timeout: 50 } })
    expect((waiting.error as { operation: string }).operation).toContain(name.slice(0, 5))
    expect(time.timers).toBeLessThanOrEqual(timers)
    expect(record(projection.status$).values).toEqual(['live'])
  })

  test.each(waits)('%s has a timeout of 5 s, whenCaughtUp() none', async (name, wait) => {
    const time = new VirtualTime()
    const projection = startProjection(ids, { store: hangingReads(1), scheduler: time })
    const waiting = watch(wait(projection))
    await time.passTo(4_999)
    expect(waiting.state).toBe('pending')
    await time.passTo(5_000)
    expect(waiting.state).toBe(name === 'whenCaughtUp()' ? 'pending' : 'rejected')
    await time.passTo(1_000_000)
    expect(waiting.state).toBe(name === 'whenCaughtUp()' ? 'pending' : 'rejected')
  })

  test.each(waits)('%s has no timeout with Infinity, and no timer', async (_, wait) => {
    const time = new VirtualTime()
    const projection = startProjection(ids, { store: hangingReads(1), scheduler: time })
    time.runTo(0)
    const { timers } = time
    const waiting = watch(wait(projection, { timeout: Infinity }))
    await time.passTo(1_000_000)
    expect(waiting.state).toBe('pending')
    expect(time.timers).toBe(timers)
  })

  test.each(waits)('%s rejects with the reason of its signal, also if it is already aborted', async (_, wait) => {
    const time = new VirtualTime()
    const projection = startProjection(ids, { store: hangingReads(1), scheduler: time })
    time.runTo(0)
    const { timers } = time
    const control = new AbortController()
    const waiting = watch(wait(projection, { signal: control.signal }))
    await promises()
    expect(waiting.state).toBe('pending')
    const reason = new Error('enough')
    control.abort(reason)
    await promises()
    expect(waiting).toMatchObject({ state: 'rejected', error: reason })
    expect(time.timers).toBe(timers)
    await expect(wait(projection, { signal: control.signal })).rejects.toBe(reason)
  })

  test.each(waits)('%s releases its signal, however it ends', async (_, wait) => {
    const time = new VirtualTime()
    const { signal, listeners } = countedSignal()
    const hanging = startProjection(ids, { store: hangingReads(1), scheduler: time })
    const late = watch(wait(hanging, { signal, timeout: 10 }))
    const answering = startProjection(ids, { store: storeWith(9), scheduler: time })
    const answered = watch(wait(answering, { signal }))
    await promises()
    expect(listeners()).toBe(2)
    await time.passTo(10)
    expect([late.state, answered.state, listeners()]).toEqual(['rejected', 'resolved', 0])
  })

  test.each(waits)('%s rejects with the fault of the projection, and immediately after it', async (_, wait) => {
    const time = new VirtualTime()
    const store = storeWith(2)
    const load = () => Later.after(time, 10, () => undefined)
    const projection = startProjection(ids, {
      store: { ...store, snapshots: { ...store.snapshots, load } },
      scheduler: time,
    })
    store.events.append('a', [{ type: 'Other', payload: null }])
    const waiting = watch(wait(projection))
    await time.passTo(10)
    expect(waiting).toMatchObject({ state: 'rejected', error: { name: 'UnknownEventError' } })
    await expect(wait(projection)).rejects.toBe(waiting.error)
    expect(time.timers).toBe(0)
  })

  test.each(waits)('%s rejects when the projection stops, and immediately after that', async (_, wait) => {
    const time = new VirtualTime()
    const projection = startProjection(ids, { store: hangingReads(1), scheduler: time })
    time.runTo(0)
    const waiting = watch(wait(projection))
    await projection.stop()
    await promises()
    expect(waiting).toMatchObject({ state: 'rejected', error: { name: 'ProjectionStoppedError', projection: 'ids' } })
    await expect(wait(projection)).rejects.toMatchObject({ name: 'ProjectionStoppedError' })
    expect(time.timers).toBe(0)
  })

  test.each(waits)('%s refuses wrong options, and names them', async (_, wait) => {
    const time = new VirtualTime()
    const projection = startProjection(ids, { store: hangingReads(1), scheduler: time })
    await expect(wait(projection, { timeout: -1 })).rejects.toThrow(RangeError)
    await expect(wait(projection, { timeout: 2 ** 31 })).rejects.toThrow(/^timeout must be/)
    await expect(wait(projection, { signal: {} as AbortSignal })).rejects.toThrow(/^signal must be/)
  })

  test.each(waits)('%s survives a failure that is retried', async (name, wait) => {
    const time = new VirtualTime()
    const store = storeWith(9)
    let reads = 0
    const events = {
      ...store.events,
      read: (options: Parameters<typeof store.events.read>[0]) => {
        if (++reads === 2) throw new Error('no connection')
        return store.events.read(options)
      },
    }
    const projection = startProjection(ids, {
      store: { ...store, events },
      scheduler: time,
      pageSize: 4,
      retry: { delay: 100, entropy: 0 },
    })
    const waiting = watch(wait(projection))
    await time.passTo(99)
    // Nothing but the first page has been seen, so nothing can answer yet.
    expect([name, waiting.state]).toEqual([name, 'pending'])
    await time.passTo(100)
    expect(waiting.state).toBe('resolved')
  })

  test('whenProcessed() refuses an invalid position', async () => {
    const time = new VirtualTime()
    const projection = startProjection(ids, { store: storeWith(1), scheduler: time })
    await expect(projection.whenProcessed(-1)).rejects.toThrow(/^position must be/)
    await expect(projection.state({ atLeast: 1.5 })).rejects.toThrow(/^atLeast must be/)
  })
})
