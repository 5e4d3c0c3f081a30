import { defineProjector, type LogEvent, memory, startProjector } from 'rx-projection'
import { Subject } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { append, type Noted, storeWith, upTo } from '../support/notes.ts'
import { record } from '../support/record.ts'
import { VirtualTime } from '../support/VirtualTime.ts'

/** As the sequential projector waits: before each start, and before each restart. */
const retry = { delay: 100, entropy: 20, delayFirst: true }

const event = (id: number): LogEvent => ({ id, stream: 'a', type: 'Noted', payload: { n: id } })

/** A projector behind a store's history and a hot source that goes on from it, as a GenServer's mailbox does. */
function live(time: VirtualTime, random = 0) {
  const store = memory()
  const mailbox = new Subject<LogEvent>()
  const handled: number[] = []
  const hydrated: number[] = []
  const told: unknown[] = []
  const failing = new Set<number>()
  const projector = startProjector(
    defineProjector<Noted>({
      name: 'p',
      process: ({ id }) => {
        if (failing.has(id)) throw new Error(`cannot process ${id}`)
        handled.push(id)
      },
    }),
    {
      liveAfter: 0,
      source: (after) => {
        hydrated.push(after)
        return mailbox
      },
      positions: store.positions,
      scheduler: time,
      retry,
      random: () => random,
      onError: (error) => told.push(error),
    },
  )
  return { projector, positions: store.positions, mailbox, handled, hydrated, told, failing }
}

describe('the rules of the sequential projector', () => {
  test('it starts by waiting a delay and a random integer from 0 to its entropy, both included', () => {
    const starts = [0, 0.5, 0.999999].map((random) => {
      const time = new VirtualTime()
      const { projector } = live(time, random)
      const status = record(projector.status$, time)
      time.runTo(1_000)
      return status.timed.find(([, value]) => value === 'live')?.[0]
    })
    expect(starts).toEqual([100, 110, 120])
  })

  test('it reads its stored position and replays all later events, and only then handles live ones', () => {
    const time = new VirtualTime()
    const store = storeWith(5)
    store.positions.save('p', 2)
    const seen: string[] = []
    const projector = startProjector(
      defineProjector<Noted>({
        name: 'p',
        process: ({ id }) => {
          seen.push(`${id} ${record(projector.status$).values}`)
          // A live message in the middle of the replay.
          if (id === 3) append(store)
        },
      }),
      { store, scheduler: time, pageSize: 1 },
    )
    time.runTo(0)
    append(store)
    expect(seen).toEqual(['3 catching-up', '4 catching-up', '5 catching-up', '6 catching-up', '7 live'])
  })

  test('one event at a time: the next one waits for the last one’s success', async () => {
    const time = new VirtualTime()
    let running = 0
    const most: number[] = []
    const store = storeWith(4)
    const projector = startProjector(
      defineProjector<Noted>({
        name: 'p',
        process: async () => {
          most.push(++running)
          await Promise.resolve()
          running--
        },
      }),
      { store, scheduler: time },
    )
    await time.passTo(1)
    append(store, 2)
    await time.passTo(2)
    expect(most).toEqual([1, 1, 1, 1, 1, 1])
    expect(projector.position).toBe(6)
  })

  test('an event that is last + 1 is processed, and only a success stores its position', () => {
    const time = new VirtualTime()
    const { mailbox, handled, positions, failing } = live(time)
    time.runTo(100)
    failing.add(2)
    mailbox.next(event(1))
    expect([handled, positions.load('p')]).toEqual([[1], 1])
    mailbox.next(event(2))
    expect([handled, positions.load('p')]).toEqual([[1], 1])
  })

  test('a later event is a MissedEventError that names the received and the last id', () => {
    const time = new VirtualTime()
    const { mailbox, told, handled, projector } = live(time)
    time.runTo(100)
    mailbox.next(event(1))
    mailbox.next(event(4))
    expect(told).toMatchObject([{ name: 'MissedEventError', received: 4, last: 1, missing: [2, 3] }])
    expect((told[0] as Error).message).toMatch(/received event 4 after 1/)
    expect([handled, record(projector.status$).values]).toEqual([[1], ['retrying']])
  })

  test('after a crash it waits, so that a slow transaction can appear, hydrates from the stored position, and continues', () => {
    const time = new VirtualTime()
    const { mailbox, handled, hydrated, projector, positions } = live(time, 0.5)
    time.runTo(110)
    mailbox.next(event(1))
    mailbox.next(event(3))
    time.runTo(219)
    expect([hydrated, record(projector.status$).values]).toEqual([[0], ['retrying']])
    time.runTo(220)
    expect(hydrated).toEqual([0, 1])
    for (const id of [2, 3, 4]) mailbox.next(event(id))
    expect([handled, positions.load('p')]).toEqual([upTo(4), 4])
  })

  test('a failed event also crashes it, and is the first event processed after the restart', () => {
    const time = new VirtualTime()
    const { mailbox, handled, hydrated, failing, told } = live(time)
    time.runTo(100)
    mailbox.next(event(1))
    failing.add(2)
    mailbox.next(event(2))
    mailbox.next(event(3))
    expect(told).toMatchObject([{ name: 'HandlerError', event: { id: 2 } }])
    failing.clear()
    time.runTo(200)
    for (const id of [2, 3]) mailbox.next(event(id))
    expect([hydrated, handled]).toEqual([
      [0, 1],
      [1, 2, 3],
    ])
  })

  test('an event at or below the last one is already processed: it is reported and dropped', () => {
    const time = new VirtualTime()
    const { mailbox, handled, projector, told, positions } = live(time)
    const telemetry = record(projector.telemetry$)
    time.runTo(100)
    for (const id of [1, 2, 1, 2, 3]) mailbox.next(event(id))
    expect([handled, positions.load('p'), told]).toEqual([[1, 2, 3], 3, []])
    expect(telemetry.values.filter(({ type }) => type === 'duplicate')).toMatchObject([
      { event: { id: 1 }, last: 2 },
      { event: { id: 2 }, last: 2 },
    ])
  })

  describe('a message that is not an event is reported and never processed, and follows the same sequence', () => {
    const message = (id: number) => ({ id }) as LogEvent

    test('next: the position advances', () => {
      const time = new VirtualTime()
      const { mailbox, handled, projector } = live(time)
      const telemetry = record(projector.telemetry$)
      time.runTo(100)
      mailbox.next(event(1))
      mailbox.next(message(2))
      mailbox.next(event(3))
      expect(handled).toEqual([1, 3])
      expect(telemetry.values.filter(({ type }) => type === 'unhandled')).toMatchObject([{ message: { id: 2 } }])
    })

    test('old: it is dropped', () => {
      const time = new VirtualTime()
      const { mailbox, handled, projector, told } = live(time)
      const telemetry = record(projector.telemetry$)
      time.runTo(100)
      for (const id of [1, 2]) mailbox.next(event(id))
      mailbox.next(message(1))
      mailbox.next(event(3))
      expect([handled, told]).toEqual([[1, 2, 3], []])
      expect(telemetry.values.map(({ type }) => type)).toContain('duplicate')
      expect(telemetry.values.map(({ type }) => type)).not.toContain('unhandled')
    })

    test('a gap: it is a MissedEventError, and its id hides no event', () => {
      const time = new VirtualTime()
      const { mailbox, handled, told, hydrated } = live(time)
      time.runTo(100)
      mailbox.next(event(1))
      mailbox.next(message(7))
      expect(told).toMatchObject([{ name: 'MissedEventError', received: 7, last: 1 }])
      time.runTo(200)
      expect(hydrated).toEqual([0, 1])
      for (const id of [2, 3]) mailbox.next(event(id))
      expect(handled).toEqual([1, 2, 3])
    })
  })

  test('dependent hydration: the dependent hydrates after it, and can rely on it', () => {
    const time = new VirtualTime()
    const store = storeWith(3)
    const order: string[] = []
    const writes = (name: string) => defineProjector<Noted>({ name, process: ({ id }) => order.push(`${name}${id}`) })
    const options = { store, scheduler: time, random: () => 0 }
    const first = startProjector(writes('first'), { ...options, retry: { ...retry, delay: 500 } })
    startProjector(writes('second'), { ...options, dependsOn: [first], retry })
    time.runTo(1_000)
    expect(order).toEqual(['first1', 'first2', 'first3', 'second1', 'second2', 'second3'])
  })
})
