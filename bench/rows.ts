import type { Row } from './harness/row.ts'

const MILLION = 1_000_000

/** All comparisons, in the order of the table. */
export const rows: readonly Row[] = [
  {
    name: 'pages',
    what: 'five operators, pages of 512, 1 M events in memory, light fold',
    unit: 'ms',
    ours: { title: 'operators', variant: 'variants/pagesOperators.ts' },
    baseline: { title: 'hand-written loop, same checks', variant: 'variants/pagesLoop.ts' },
    besides: [{ title: 'loop written for this fold alone', variant: 'variants/pagesSwitch.ts' }],
    goal: { ratio: 1.5 },
    full: { scale: { events: MILLION, appends: 0 }, launches: 3, warmUps: 10, rounds: 15 },
    quick: { scale: { events: 200_000, appends: 0 }, launches: 1, warmUps: 10, rounds: 15 },
  },
  {
    name: 'events',
    what: 'five operators, one event at a time',
    unit: 'ms',
    ours: { title: 'operators', variant: 'variants/eventsOperators.ts' },
    baseline: { title: 'stock RxJS operators, same job', variant: 'variants/eventsStock.ts' },
    goal: { ratio: 0.75 },
    full: { scale: { events: MILLION, appends: 0 }, launches: 3, warmUps: 10, rounds: 15 },
    quick: { scale: { events: 200_000, appends: 0 }, launches: 1, warmUps: 10, rounds: 15 },
  },
  {
    name: 'replay',
    what: '`replay`, 1 M events at once',
    unit: 'ms',
    ours: { title: 'replay', variant: 'variants/replayKernel.ts' },
    baseline: { title: 'hand-written loop, same checks', variant: 'variants/replayLoop.ts' },
    besides: [{ title: 'loop written for this fold alone', variant: 'variants/replaySwitch.ts' }],
    goal: { ratio: 1.15 },
    full: { scale: { events: MILLION, appends: 0 }, launches: 3, warmUps: 10, rounds: 15 },
    quick: { scale: { events: 200_000, appends: 0 }, launches: 1, warmUps: 10, rounds: 15 },
  },
  {
    name: 'sqlite-catch-up',
    what: 'SQLite: cold `startProjection` to caught up, 1 M events',
    unit: 'ms',
    ours: { title: 'startProjection', variant: 'variants/sqliteCatchUp.ts' },
    baseline: { title: 'raw keyset pages, JSON.parse, same fold', variant: 'variants/sqliteRaw.ts' },
    goal: { ratio: 1.25 },
    full: { scale: { events: MILLION, appends: 0 }, launches: 2, warmUps: 2, rounds: 5 },
    quick: { scale: { events: 100_000, appends: 0 }, launches: 1, warmUps: 2, rounds: 5 },
  },
  {
    name: 'sqlite-append',
    what: 'SQLite: append → visible in `state$`, 1 M events stored',
    unit: 'µs',
    ours: { title: '1 M stored', variant: 'variants/sqliteAppend.ts' },
    baseline: { title: '1 000 stored', variant: 'variants/sqliteAppend.ts', scale: { events: 1_000 } },
    goal: { ratio: 1.5 },
    full: { scale: { events: MILLION, appends: 500 }, launches: 2, warmUps: 2, rounds: 7 },
    quick: { scale: { events: 100_000, appends: 200 }, launches: 1, warmUps: 2, rounds: 5 },
  },
  {
    name: 'memory',
    what: 'memory above the start, 1 M events through a slow asynchronous handler',
    unit: 'MB',
    ours: { title: 'startProjection', variant: 'variants/slowHandler.ts' },
    goal: { value: 64 },
    full: { scale: { events: MILLION, appends: 0 }, launches: 3, warmUps: 0, rounds: 1 },
    quick: { scale: { events: 200_000, appends: 0 }, launches: 1, warmUps: 0, rounds: 1 },
  },
]
