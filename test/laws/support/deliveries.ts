import fc, { type Arbitrary } from 'fast-check'
import type { LogEvent, OneOrMany } from 'rx-projection'
import { Observable } from 'rxjs'
import type { VirtualTime } from '../../runtime/support/VirtualTime.ts'

/** A delivery: after a wait, some events from a place relative to the one that is due. */
export interface Delivery {
  readonly wait: number
  readonly from: number
  readonly count: number
  readonly batch: boolean
}

const delivery: Arbitrary<Delivery> = fc.record({
  wait: fc.integer({ min: 0, max: 12 }),
  from: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 3, arbitrary: fc.integer({ min: -4, max: 4 }) }),
  count: fc.integer({ min: 1, max: 5 }),
  batch: fc.boolean(),
})

/** The distance from each event to the one before it: above 1 is a hole, which `previous` proves. */
export const steps: Arbitrary<readonly number[]> = fc.array(fc.constantFrom(1, 1, 1, 2, 4), {
  minLength: 1,
  maxLength: 25,
})

/** What each subscription of a source delivers before it ends; the ones after these deliver everything in order. */
export const scripts: Arbitrary<readonly (readonly Delivery[])[]> = fc.array(fc.array(delivery, { maxLength: 12 }), {
  maxLength: 4,
})

export const hold: Arbitrary<{ for: number; atMost: number } | undefined> = fc.option(
  fc.record({ for: fc.integer({ min: 0, max: 25 }), atMost: fc.integer({ min: 1, max: 6 }) }),
  { nil: undefined },
)

/** The events, each with the proof of the hole before it. */
export function eventsOf(steps: readonly number[]): LogEvent[] {
  let id = 0
  return steps.map((step) => {
    const previous = id
    id += step
    return { id, stream: 'a', type: 'Noted', payload: { n: id }, ...(step > 1 && { previous }) }
  })
}

/** Plays a script; without one, all events in order and then nothing more. */
export function pushing(
  time: VirtualTime,
  events: readonly LogEvent[],
  script: readonly Delivery[] | undefined,
  after: number,
  completes = false,
): Observable<OneOrMany<LogEvent>> {
  const next = events.filter(({ id }) => id <= after).length
  return new Observable((subscriber) => {
    let cursor = next
    let at = 0
    for (const { wait, from, count, batch } of script ?? [{ wait: 1, from: 0, count: 99, batch: true }]) {
      at += wait
      const deliver = (): void => {
        const first = Math.max(0, cursor + from)
        const given = events.slice(first, first + count)
        // What was delivered ahead of its time is not what is due: that still has to come.
        if (from <= 0) cursor = Math.max(cursor, first + given.length)
        if (batch) subscriber.next(given)
        else for (const event of given) subscriber.next(event)
      }
      subscriber.add(time.schedule(deliver, at))
    }
    if (script === undefined) return
    // Some sources end with an error, some just end.
    const end = (): void => (completes ? subscriber.complete() : subscriber.error(new Error('disconnected')))
    subscriber.add(time.schedule(end, at + 1))
  })
}
