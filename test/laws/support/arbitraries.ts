import fc, { type Arbitrary } from 'fast-check'

/** How a save goes: how long it takes, in ms (0: it is done when it returns), and whether it fails. */
export interface SaveOutcome {
  readonly takes: number
  readonly fails: boolean
}

/** When snapshots are saved. */
export interface Policy {
  readonly every: number
  readonly after: number
}

/** An append at a time, in ms; its hint may be lost. */
export interface AppendAt {
  readonly at: number
  readonly count: number
  readonly stream: string
  readonly hint: boolean
}

/** The process dies at a time, in ms; what it was saving may land all the same, later. */
export interface Crash {
  readonly at: number
  readonly lands: boolean
}

/** How often the handler of which event fails. */
export type Failures = readonly (readonly [id: number, times: number])[]

const oftenNot = fc.boolean().chain((first) => (first ? fc.boolean() : fc.constant(false)))

export const saves: Arbitrary<readonly SaveOutcome[]> = fc.array(
  fc.record({ takes: fc.constantFrom(0, 0, 1, 6, 35), fails: oftenNot }),
  { maxLength: 12 },
)

export const policy: Arbitrary<Policy> = fc.record({
  every: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constant(Infinity)),
  after: fc.oneof(fc.integer({ min: 0, max: 80 }), fc.constant(Infinity)),
})

export const pageSize: Arbitrary<number> = fc.integer({ min: 1, max: 8 })

export const appends: Arbitrary<readonly AppendAt[]> = fc.array(
  fc.record({
    at: fc.integer({ min: 0, max: 300 }),
    count: fc.integer({ min: 1, max: 6 }),
    stream: fc.constantFrom('a', 'b', 'c'),
    hint: fc.boolean(),
  }),
  { minLength: 1, maxLength: 10 },
)

export const streams: Arbitrary<readonly string[] | undefined> = fc.constantFrom(
  undefined,
  undefined,
  ['a'],
  ['a', 'c'],
)

export function failures(highest: number, times = 2): Arbitrary<Failures> {
  return fc.array(fc.tuple(fc.integer({ min: 1, max: highest }), fc.integer({ min: 1, max: times })), { maxLength: 4 })
}

/** Of the many calls to something, the ones that go wrong: by their number, from 1 on. */
export const wrongCalls: Arbitrary<readonly number[]> = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), {
  maxLength: 5,
})

export const crashes: Arbitrary<readonly Crash[]> = fc
  .array(fc.record({ at: fc.integer({ min: 1, max: 400 }), lands: fc.boolean() }), { maxLength: 3 })
  .map((all) => all.toSorted((a, b) => a.at - b.at))

export const times: Arbitrary<readonly number[]> = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 4 })
