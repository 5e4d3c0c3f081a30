import fc from 'fast-check'
import { type SaveTarget, snapshotAfter, snapshotEvery } from 'rx-projection/operators'
import { type MonoTypeOperatorFunction, Observable, type SchedulerLike, VirtualTimeScheduler } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { type Projected, snapshotAt } from '../../support/savings.ts'

/** A snapshot that comes some time after the one before. */
interface Step {
  readonly wait: number
  readonly events: number
}

/** A save: how long it takes, in ms (0: it is done, or throws, at once), and how it ends. */
interface Save {
  readonly takes: number
  readonly succeeds: boolean
}

interface Plan {
  readonly steps: readonly Step[]
  /** The saves, in order; all that follow take no time and succeed. */
  readonly saves: readonly Save[]
  /** How long after the last snapshot the source completes. */
  readonly rest: number
}

const plans: fc.Arbitrary<Plan> = fc.record({
  steps: fc.array(fc.record({ wait: fc.nat(6), events: fc.nat(4) }), { maxLength: 12 }),
  saves: fc.array(fc.record({ takes: fc.nat(9), succeeds: fc.boolean() }), { maxLength: 8 }),
  rest: fc.nat(8),
})

/** What there is to be seen: `12: save 5`, `14: complete`, … */
type Life = readonly string[]

function arrivalsOf({ steps, rest }: Plan) {
  let at = 0
  const arrivals = steps.map(({ wait, events }, index) => {
    at += wait
    return { at, snapshot: snapshotAt(index + 1, events) }
  })
  return { arrivals, end: at + rest }
}

function live(
  plan: Plan,
  saving: (save: SaveTarget<string>, clock: SchedulerLike) => MonoTypeOperatorFunction<Projected>,
) {
  const life: string[] = []
  const passed: Projected[] = []
  const clock = new VirtualTimeScheduler()
  const { arrivals, end } = arrivalsOf(plan)
  const source$ = new Observable<Projected>((subscriber) => {
    for (const { at, snapshot } of arrivals) subscriber.add(clock.schedule(() => subscriber.next(snapshot), at))
    subscriber.add(clock.schedule(() => subscriber.complete(), end))
  })
  let begun = 0
  const save: SaveTarget<string> = ({ offset }) => {
    life.push(`${clock.now()}: save ${offset}`)
    const { takes, succeeds } = plan.saves[begun++] ?? { takes: 0, succeeds: true }
    return new Observable<never>((subscriber) => {
      const finish = () => (succeeds ? subscriber.complete() : subscriber.error(offset))
      if (takes === 0) finish()
      else clock.schedule(finish, takes)
    })
  }
  source$.pipe(saving(save, clock)).subscribe({
    next: (snapshot) => passed.push(snapshot),
    complete: () => life.push(`${clock.now()}: complete`),
  })
  clock.flush()
  expect(clock.actions).toEqual([])
  expect(passed).toEqual(arrivals.map(({ snapshot }) => snapshot))
  return life
}

/** The saver of a model: time goes on from moment to moment, and at each it is asked what is due. */
class Model {
  readonly life: string[] = []
  newest = 0
  durable = 0
  inFlight: { offset: number; until: number; succeeds: boolean } | undefined
  private begun = 0
  private readonly plan: Plan

  constructor(plan: Plan) {
    this.plan = plan
  }

  /** Begins a save of the newest; tells how it ended, if it has. */
  begin(now: number): 'saved' | 'failed' | undefined {
    const { takes, succeeds } = this.plan.saves[this.begun++] ?? { takes: 0, succeeds: true }
    this.life.push(`${now}: save ${this.newest}`)
    this.inFlight = { offset: this.newest, until: now + takes, succeeds }
    return this.endedBy(now)
  }

  endedBy(now: number): 'saved' | 'failed' | undefined {
    if (this.inFlight === undefined || this.inFlight.until > now) return undefined
    const { offset, succeeds } = this.inFlight
    this.inFlight = undefined
    if (!succeeds) return 'failed'
    this.durable = offset
    return 'saved'
  }

  complete(end: number): Life {
    let now = end
    if (this.inFlight !== undefined) {
      now = this.inFlight.until
      this.endedBy(now)
    }
    if (this.newest > this.durable) {
      this.begin(now)
      now = this.inFlight?.until ?? now
    }
    return [...this.life, `${now}: complete`]
  }
}

function everyModel(plan: Plan, count: number): Life {
  const model = new Model(plan)
  const { arrivals, end } = arrivalsOf(plan)
  let counted = 0
  let taken = 0
  let failed = 0
  const goOn = (now: number): void => {
    if (counted < count || model.inFlight !== undefined || model.newest <= model.durable) return
    taken = counted + failed
    counted = failed = 0
    ended(model.begin(now), now)
  }
  const ended = (how: 'saved' | 'failed' | undefined, now: number): void => {
    if (how === undefined) return
    if (how === 'failed') failed += taken
    goOn(now)
  }
  for (let now = 0; now < end || arrivals.some(({ at }) => at === now); now++) {
    for (const { at, snapshot } of arrivals) {
      if (at !== now) continue
      model.newest = snapshot.offset
      counted += snapshot.events + failed
      failed = 0
      goOn(now)
    }
    if (now < end) ended(model.endedBy(now), now)
  }
  return model.complete(end)
}

function afterModel(plan: Plan, ms: number): Life {
  const model = new Model(plan)
  const { arrivals, end } = arrivalsOf(plan)
  let since: number | undefined
  const goOn = (now: number): void => {
    if (since === undefined || now < since + ms || model.inFlight !== undefined) return
    since = undefined
    ended(model.begin(now), now)
  }
  const ended = (how: 'saved' | 'failed' | undefined, now: number): void => {
    if (how === 'failed') since ??= now
    if (how !== undefined) goOn(now)
  }
  for (let now = 0; now < end || arrivals.some(({ at }) => at === now); now++) {
    for (const { at, snapshot } of arrivals) {
      if (at !== now) continue
      model.newest = snapshot.offset
      since ??= now
    }
    if (now === end) break
    ended(model.endedBy(now), now)
    goOn(now)
  }
  return model.complete(end)
}

describe('the laws of saving', () => {
  it('snapshotEvery saves when the counts require it, however long saves take and whether they fail', () => {
    fc.assert(
      fc.property(plans, fc.integer({ min: 1, max: 6 }), (plan, count) => {
        const onError = () => undefined
        expect(live(plan, (save) => snapshotEvery(count, save, { onError }))).toEqual(everyModel(plan, count))
      }),
      { numRuns: 3_000 },
    )
  })

  it('snapshotAfter saves when the time requires it, however long saves take and whether they fail', () => {
    fc.assert(
      fc.property(plans, fc.integer({ min: 1, max: 6 }), (plan, ms) => {
        const onError = () => undefined
        expect(live(plan, (save, clock) => snapshotAfter(ms, save, { onError }, clock))).toEqual(afterModel(plan, ms))
      }),
      { numRuns: 3_000 },
    )
  })
})
