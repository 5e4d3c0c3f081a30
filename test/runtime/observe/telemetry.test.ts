import { defineProjector, memory, startProjection, startProjector, type TelemetryEvent } from 'rx-projection'
import { of } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { append, ids, storeWith } from '../support/notes.ts'
import { record } from '../support/record.ts'
import { collectUnhandled } from '../support/unhandled.ts'
import { VirtualTime } from '../support/VirtualTime.ts'

const noted = (id: number, more: object = {}) => ({ id, stream: 'a', type: 'Noted', payload: { n: id }, ...more })

describe('telemetry$', () => {
  const unhandled = collectUnhandled()

  test('reports the whole run: init, the catch-up, its pages, snapshots, and each live step', () => {
    const time = new VirtualTime()
    const store = storeWith(5)
    store.snapshots.save('ids', 1, { offset: 1, state: [1] })
    const projection = startProjection(ids, { store, scheduler: time, pageSize: 2, snapshotEvery: 3 })
    const telemetry = record(projection.telemetry$)
    time.runTo(0)
    append(store)
    const projectionName = { projection: 'ids' }
    expect(telemetry.values).toEqual([
      { ...projectionName, type: 'init', offset: 1, duration: 0 },
      { ...projectionName, type: 'catchUp.start', after: 1 },
      { ...projectionName, type: 'replay', offset: 3, events: 2, duration: 0 },
      { ...projectionName, type: 'replay', offset: 5, events: 2, duration: 0 },
      { ...projectionName, type: 'snapshot', offset: 5, duration: 0 },
      { ...projectionName, type: 'catchUp.stop', position: 5, events: 4, duration: 0 },
      { ...projectionName, type: 'caughtUp', position: 5 },
      { ...projectionName, type: 'evolve', offset: 6, events: 1, duration: 0 },
    ] satisfies TelemetryEvent[])
  })

  test('reports duplicates, messages that are not events, ignored events and gaps', () => {
    const time = new VirtualTime()
    const { snapshots } = memory()
    const messages = [noted(1), noted(1), { id: 2 }, noted(3, { type: 'Other' }), noted(5)] as ReturnType<
      typeof noted
    >[]
    const projection = startProjection(ids, {
      source: () => of(...messages),
      snapshots,
      scheduler: time,
      strictOnline: false,
      retry: { delay: 1, entropy: 0, count: 0 },
      onError: () => undefined,
    })
    const telemetry = record(projection.telemetry$)
    time.runTo(0)
    expect(telemetry.values.slice(2)).toMatchObject([
      { type: 'replay', offset: 1, events: 1 },
      { type: 'duplicate', event: { id: 1 }, last: 1 },
      { type: 'unhandled', message: { id: 2 } },
      { type: 'ignored', event: { id: 3, type: 'Other' } },
      { type: 'replay', offset: 3, events: 0 },
      { type: 'gap', received: 5, last: 3, missing: [4, 4] },
      { type: 'faulted', error: { name: 'MissedEventError' } },
    ])
  })

  test('reports each retry, with its wait, and completes when the projection ends', async () => {
    const time = new VirtualTime()
    const store = storeWith(0)
    let reads = 0
    const events = {
      ...store.events,
      read: (options: Parameters<typeof store.events.read>[0]) => {
        if (++reads < 3) throw new Error(`read ${reads}`)
        return store.events.read(options)
      },
    }
    const retry = { delay: 10, entropy: 4, backoff: { factor: 2, max: 1_000 } }
    const projection = startProjection(ids, { store: { ...store, events }, scheduler: time, retry, random: () => 0.5 })
    const telemetry = record(projection.telemetry$, time)
    time.runTo(100)
    await projection.stop()
    expect(telemetry.timed.filter(([, { type }]) => type === 'retry')).toMatchObject([
      [0, { error: { message: 'read 1' }, attempt: 1, wait: 12 }],
      [12, { error: { message: 'read 2' }, attempt: 2, wait: 22 }],
    ])
    expect(telemetry).toMatchObject({ completed: true, error: undefined })
  })

  test('reports a fault, then completes', () => {
    const time = new VirtualTime()
    const store = storeWith(0)
    store.events.append('a', [{ type: 'Other', payload: null }])
    const projection = startProjection(ids, { store, scheduler: time, onError: () => undefined })
    const telemetry = record(projection.telemetry$)
    time.runTo(0)
    expect(telemetry.values.at(-1)).toMatchObject({ type: 'faulted', error: { name: 'UnknownEventError' } })
    expect(telemetry).toMatchObject({ completed: true, error: undefined })
  })

  test('names the instance', () => {
    const time = new VirtualTime()
    const projection = startProjection(ids, { store: storeWith(0), scheduler: time, instance: 'eu' })
    const telemetry = record(projection.telemetry$)
    time.runTo(0)
    expect(new Set(telemetry.values.map((event) => event.projection))).toEqual(new Set(['ids@eu']))
  })

  test('reads no clock for a step while nobody listens', () => {
    const asked = (listen: boolean): number => {
      const time = new VirtualTime()
      let calls = 0
      const scheduler = {
        schedule: time.schedule.bind(time),
        now: () => {
          calls++
          return time.now()
        },
      }
      const store = storeWith(40)
      const projection = startProjection(ids, { store, scheduler, pageSize: 1, snapshotAfter: Infinity })
      if (listen) projection.telemetry$.subscribe()
      time.runTo(0)
      return calls
    }
    expect(asked(true) - asked(false)).toBeGreaterThanOrEqual(80)
  })

  test('a listener that throws harms neither the projection nor another listener', async () => {
    const time = new VirtualTime()
    const projection = startProjection(ids, { store: storeWith(1), scheduler: time })
    projection.telemetry$.subscribe(({ type }) => {
      if (type === 'replay') throw new Error('no room in the log')
    })
    const telemetry = record(projection.telemetry$)
    time.runTo(0)
    expect(telemetry.values.map(({ type }) => type)).toContain('caughtUp')
    expect(projection.current?.state).toEqual([1])
    expect(await unhandled.take()).toMatchObject([{ message: 'no room in the log' }])
  })

  test('counts the events of a projector that handles pages, not its pages', () => {
    const time = new VirtualTime()
    const store = storeWith(5)
    const handled = defineProjector({ name: 'p', processPage: () => undefined })
    const projector = startProjector(handled, { store, scheduler: time, pageSize: 2 })
    const telemetry = record(projector.telemetry$)
    time.runTo(0)
    const counts = telemetry.values.filter((event) => event.type === 'replay' || event.type === 'catchUp.stop')
    expect(counts).toMatchObject([{ events: 2 }, { events: 2 }, { events: 1 }, { type: 'catchUp.stop', events: 5 }])
  })
})
