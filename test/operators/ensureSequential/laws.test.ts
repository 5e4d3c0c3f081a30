import fc from 'fast-check'
import {
  ensureSequential,
  type InvalidPositionError,
  type LogEvent,
  MissedEventError,
  type OneOrMany,
} from 'rx-projection/operators'
import { Observable, VirtualTimeScheduler } from 'rxjs'
import { describe, expect, it } from 'vitest'

/** What a source says at a time: one message, or a batch. */
interface Arrival {
  readonly at: number
  readonly item: OneOrMany<LogEvent>
}

/** What was heard, and when. */
interface Heard {
  readonly events: string[]
  readonly reports: string[]
  end: string
}

const FOR = 10
const AT_MOST = 3

const message = fc
  .record({
    id: fc.oneof({ weight: 20, arbitrary: fc.integer({ min: 1, max: 12 }) }, { weight: 1, arbitrary: fc.constant(0) }),
    back: fc.option(fc.integer({ min: 0, max: 12 }), { freq: 6 }),
    hollow: fc.integer({ min: 0, max: 9 }),
  })
  .map(
    ({ id, back, hollow }): LogEvent => ({
      id,
      stream: 's',
      type: 't',
      payload: hollow === 0 ? undefined : id,
      ...(back !== null && { previous: Math.max(0, id - 1 - back) }),
    }),
  )

/** Messages near their order: 1, 2, 3, … with swaps, losses, repetitions and strangers between them. */
const messages = fc
  .tuple(fc.integer({ min: 0, max: 12 }), fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 3 }), message)))
  .map(([length, changes]) => {
    const list = Array.from({ length }, (_, index): LogEvent => ({ id: index + 1, stream: 's', type: 't', payload: 0 }))
    for (const [place, change, stranger] of changes.slice(0, 4)) {
      const index = place % (list.length + 1)
      if (change === 0) list.splice(index, 1)
      if (change === 1) list.splice(index, 0, stranger)
      if (change === 2 && list[index]) list.splice((index * 7) % list.length, 0, list[index])
      if (change === 3 && index + 1 < list.length) list.splice(index, 2, list[index + 1]!, list[index]!)
    }
    return list
  })

const arrivals = fc
  .tuple(messages, fc.infiniteStream(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 4 }))))
  .map(([list, steps]): readonly Arrival[] => {
    const found: Arrival[] = []
    let at = 0
    for (let index = 0; index < list.length; ) {
      const [wait, size] = steps.next().value as [number, number]
      at += wait
      found.push({ at, item: size === 0 ? list[index]! : list.slice(index, index + size) })
      index += Math.max(1, size)
    }
    return found
  })

/** The rules once more, in the plainest way: one message at a time, nothing but a list of those that wait. */
function model(arrived: readonly Arrival[], hold: boolean): Heard {
  const heard: Heard = { events: [], reports: [], end: '' }
  let last = 0
  let waiting: { readonly event: LogEvent; readonly since: number }[] = []
  const previousOf = ({ id, previous = id - 1 }: LogEvent) => previous
  const deadline = () => Math.min(...waiting.map(({ since }) => since)) + FOR
  const missed = (at: number) => {
    const { event } = waiting[0]!
    return { ...heard, end: `${at}: missed ${last + 1} to ${previousOf(event)} before ${event.id}` }
  }
  for (const { at, item } of arrived) {
    if (deadline() < at) return missed(deadline())
    for (const first of [item].flat()) {
      for (let event: LogEvent | undefined = first; event !== undefined; ) {
        const { id, payload } = event
        if (id < 1) return { ...heard, end: `${at}: invalid ${id}` }
        const early = id > last && previousOf(event) > last
        if (id <= last || (early && waiting.some((other) => other.event.id === id))) {
          heard.reports.push(`${at}: duplicate ${id} after ${last}`)
        } else if (early) {
          waiting.push({ event, since: at })
          waiting.sort((one, other) => one.event.id - other.event.id)
          if (!hold || waiting.length > AT_MOST) return missed(at)
        } else {
          if (payload === undefined) heard.reports.push(`${at}: unhandled ${id}`)
          else heard.events.push(`${at}: ${id}`)
          last = id
        }
        event = waiting[0] && previousOf(waiting[0].event) <= last ? waiting[0].event : undefined
        if (event !== undefined) waiting = waiting.slice(1)
      }
    }
  }
  const end = endOf(arrived)
  return waiting.length > 0 ? missed(Math.min(deadline(), end)) : { ...heard, end: `${end}: complete` }
}

/** What the operator makes of it. */
function hear(arrived: readonly Arrival[], hold: boolean): Heard {
  const heard: Heard = { events: [], reports: [], end: '' }
  const clock = new VirtualTimeScheduler()
  const source$ = new Observable<OneOrMany<LogEvent>>((subscriber) => {
    for (const { at, item } of arrived) subscriber.add(clock.schedule(() => subscriber.next(item), at))
    subscriber.add(clock.schedule(() => subscriber.complete(), endOf(arrived)))
  })
  const operator = ensureSequential<OneOrMany<LogEvent>>(
    {
      onDuplicate: ({ id }, last) => heard.reports.push(`${clock.now()}: duplicate ${id} after ${last}`),
      onUnhandled: ({ id }) => heard.reports.push(`${clock.now()}: unhandled ${id}`),
      ...(hold && { hold: { for: FOR, atMost: AT_MOST } }),
    },
    clock,
  )
  source$.pipe(operator).subscribe({
    next: (item) => {
      for (const { id } of [item].flat()) heard.events.push(`${clock.now()}: ${id}`)
    },
    error: (error: MissedEventError | InvalidPositionError) => {
      heard.end =
        error instanceof MissedEventError
          ? `${clock.now()}: missed ${error.missing.join(' to ')} before ${error.received}`
          : `${clock.now()}: invalid ${error.value}`
    },
    complete: () => {
      heard.end = `${clock.now()}: complete`
    },
  })
  clock.flush()
  expect(clock.actions).toEqual([])
  return heard
}

function endOf(arrived: readonly Arrival[]): number {
  return (arrived.at(-1)?.at ?? 0) + 5
}

describe('the laws of ensureSequential', () => {
  it.each([
    ['without hold', false],
    ['with hold', true],
  ])('%s: any messages, alone and in batches, are processed by the rules, at the right time', (_, hold) => {
    fc.assert(
      fc.property(arrivals, (arrived) => {
        expect(hear(arrived, hold)).toEqual(model(arrived, hold))
      }),
      { numRuns: 3_000 },
    )
  })

  it('the same events pass, however the messages are split into batches', () => {
    fc.assert(
      fc.property(arrivals, (arrived) => {
        const alone = arrived.flatMap(({ at, item }) => [item].flat().map((single) => ({ at, item: single })))
        expect(hear(alone, false).events).toEqual(hear(arrived, false).events)
      }),
      { numRuns: 1_000 },
    )
  })
})
