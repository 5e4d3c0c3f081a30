import type { SchedulerAction, SchedulerLike, Subscription } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { checkObject, checkReader, must } from '../../operators/kernel/arguments.ts'
import type { LogEvent, NewEvent, OneOrMany } from '../../operators/model/index.ts'
import { isPromiseLike } from '../../operators/model/maybePromise.ts'
import type { OpenStore } from '../../operators/ports/index.ts'
import { memory } from '../stores/memory/memory.ts'

/** Options for `startProjection` and `startProjector` that make them run in virtual time. */
export interface VirtualTime {
  /** The store that the diagram appends to. */
  readonly store: OpenStore
  /** The test's clock. A run that is started with it begins after the test's expectations have subscribed: they miss nothing. */
  readonly scheduler: SchedulerLike
  /** Always 0: waits have no random part. */
  readonly random: () => number
  /** Aborted at the diagram's `|`, which stops everything that runs with it. */
  readonly signal: AbortSignal
}

/**
 * Makes the options that run whole projections and projectors in virtual time: an in-memory store, to which a diagram appends
 * its events at their times, and a signal that stops everything at the diagram's `|`.
 *
 * Events before a `^` are history: they are in the log before anything starts. A batch is one append; each letter in a group is
 * one append. Letters must be in the order of their positions, and handlers must return values, not promises.
 *
 * @param log the diagram of the appends; it must end, because a projection never completes: it polls.
 * @param values what its letters represent: see `eventsOf` and `batchesOf`.
 * @param store an in-memory store to continue with, such as the store of an earlier run; a new one by default.
 * @example
 * ```ts
 * import { defineProjection, startProjection } from 'rx-projection'
 * import { eventsOf, inVirtualTime, marbles } from 'rx-projection/testing'
 *
 * const total = defineProjection<number, { type: 'Sold'; payload: number }>({
 *   name: 'total',
 *   initialState: () => 0,
 *   on: { Sold: (sum, { payload }) => sum + payload },
 * })
 * const addsUp = marbles((m) => {
 *   const events = eventsOf(total, { a: { type: 'Sold', payload: 5 }, b: { type: 'Sold', payload: 2 } })
 *   const log = '      --a----b----|'
 *   const expected = ' o-a----b----|'
 *   const projection = startProjection(total, inVirtualTime(m.scheduler, log, events))
 *   m.expect(projection.state$).toBeObservable(expected, { o: 0, a: 5, b: 7 })
 * })
 * ```
 * @throws {TypeError} names the invalid argument. Also thrown if the diagram does not end, errors, or has a letter without an
 * event.
 */
export function inVirtualTime(
  scheduler: TestScheduler,
  log: string,
  values: Readonly<Record<string, OneOrMany<LogEvent>>>,
  store: OpenStore = memory({ now: () => new Date(Math.max(0, scheduler.now())).toISOString() }),
): VirtualTime {
  must(
    typeof (scheduler as Partial<TestScheduler> | undefined)?.flush === 'function',
    'scheduler',
    scheduler,
    'the TestScheduler of a marble test: m.scheduler',
    TypeError,
  )
  must(typeof log === 'string', 'log', log, 'a diagram', TypeError)
  checkObject('values', values)
  checkReader(store)
  const signs = TestScheduler.parseMarbles(log, values, undefined, undefined, true)
  if (signs.at(-1)?.notification.kind !== 'C') throw new TypeError(`the diagram of a log must end with |: ${log}`)
  for (const { notification } of signs) {
    if (notification.kind === 'N' && ![notification.value].flat().every(isObject)) {
      throw new TypeError(`the diagram ${log} has a letter for which values has no event`)
    }
  }
  const end = new AbortController()
  for (const { frame, notification } of signs) {
    scheduler.schedule(() => {
      if (notification.kind === 'N') append(store, [notification.value].flat())
      else end.abort()
    }, frame)
  }
  return { store, scheduler: behindExpectations(scheduler), random: () => 0, signal: end.signal }
}

/** Runs the actions that are scheduled before time starts after all other scheduled actions. */
function behindExpectations(scheduler: TestScheduler): SchedulerLike {
  let running = false
  scheduler.schedule(() => {
    running = true
  })
  const schedule = (work: Work, delay?: number, state?: unknown): Subscription => {
    if (running) return scheduler.schedule(work, delay, state)
    const first = scheduler.schedule(() => first.add(scheduler.schedule(work, delay, state)))
    return first
  }
  return { now: () => scheduler.now(), schedule: schedule as SchedulerLike['schedule'] }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

type Work = (this: SchedulerAction<unknown>, state?: unknown) => void

function append({ events: log }: OpenStore, events: readonly LogEvent[]): void {
  const page = log.read({ after: 0, limit: 1 })
  if (isPromiseLike(page)) throw new TypeError('only a store whose answers are values runs in virtual time: memory()')
  events.forEach(({ id, type }, index) => {
    const next = page.head + index + 1
    if (id !== next) throw new RangeError(`the event ${type} is to be at position ${id}, and is appended at ${next}`)
  })
  const [first] = events
  if (first !== undefined) void log.append(first.stream, events.map(asNew))
}

function asNew({ type, payload, recordedAt, metadata }: LogEvent): NewEvent {
  return { type, payload, ...(recordedAt !== undefined && { recordedAt }), ...(metadata !== undefined && { metadata }) }
}
