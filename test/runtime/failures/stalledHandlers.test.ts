import { defineProjection, defineProjector, HandlerError, startProjection, startProjector } from 'rx-projection'
import { describe, expect, test } from 'vitest'
import { type Noted, storeWith } from '../support/notes.ts'
import { record, watch } from '../support/record.ts'
import { VirtualTime } from '../support/VirtualTime.ts'

const retry = { delay: 10, entropy: 0 }

describe('an asynchronous handler that does not settle', () => {
  const never = (): Promise<never> => new Promise(() => undefined)

  test('is reported as stalled after 30 s, with its event', async () => {
    const time = new VirtualTime()
    const projector = startProjector(defineProjector({ name: 'p', process: never }), {
      store: storeWith(1),
      scheduler: time,
    })
    const projection = startProjection(
      defineProjection<number, Noted>({ name: 'q', initialState: () => 0, evolve: never }),
      { store: storeWith(1), scheduler: time },
    )
    const seen = [projector, projection].map((handle) => record(handle.telemetry$))
    await time.passTo(29_999)
    const stalled = () => seen.map(({ values }) => values.filter(({ type }) => type === 'stalled'))
    expect(stalled()).toEqual([[], []])
    await time.passTo(90_000)
    expect(stalled()).toMatchObject([
      [{ type: 'stalled', event: { id: 1 }, duration: 30_000 }],
      [{ type: 'stalled', event: { id: 1 }, duration: 30_000 }],
    ])
  })

  test('with handlerTimeout fails after that time, on its event', async () => {
    const time = new VirtualTime()
    const errors: unknown[] = []
    const options = { scheduler: time, retry, handlerTimeout: 50, onError: (error: unknown) => errors.push(error) }
    let handled = 0
    const projector = startProjector(
      defineProjector({ name: 'p', process: () => (++handled === 1 ? never() : undefined) }),
      { ...options, store: storeWith(1) },
    )
    await time.passTo(49)
    expect(errors).toEqual([])
    await time.passTo(60)
    expect(errors).toMatchObject([
      { name: 'HandlerError', event: { id: 1 }, cause: { name: 'TimeoutError', timeout: 50 } },
    ])
    expect(errors[0]).toBeInstanceOf(HandlerError)
    expect(projector.position).toBe(1)
    startProjection(defineProjection<number, Noted>({ name: 'q', initialState: () => 0, evolve: never }), {
      ...options,
      handlerFailures: 1,
      store: storeWith(1),
    })
    await time.passTo(1_000)
    expect(errors[1]).toMatchObject({ name: 'HandlerError', event: { id: 1 }, cause: { name: 'TimeoutError' } })
  })

  test('leaves no timer when its run is stopped', async () => {
    const time = new VirtualTime()
    const projector = startProjector(defineProjector({ name: 'p', process: never }), {
      store: storeWith(1),
      scheduler: time,
    })
    await time.passTo(10)
    const stopping = watch(projector.stop({ timeout: 20 }))
    await time.passTo(30)
    expect([stopping.state, time.timers]).toEqual(['rejected', 0])
  })
})
