import { describe, expect, test } from 'vitest'
import { sourcesOf } from './support/sources.ts'

/** The time of day, or the clock of a scheduler, which is the time of day where a scheduler runs in real time. */
const TIME_OF_DAY = /\bDate\.now\b|\bnew Date\(\s*\)|[sS]cheduler\s*\.\s*now\b/

/** Where the time of day may be asked for, and what for. Everything else measures durations, by `clockOf`. */
const ALLOWED: Readonly<Record<string, string>> = {
  'operators/kernel/clock.ts': 'tells real time from virtual time',
  'src/testing/inVirtualTime.ts': 'the clock of a TestScheduler',
  'src/stores/support/clock.ts': 'when an event is recorded',
  'src/stores/sqlite/sqliteSnapshots.ts': 'when a snapshot is saved, for people',
  'src/stores/sqlite/sqliteLeases.ts': 'what processes of 0.1.0 read in a lease',
}

describe('time', () => {
  test('is the time of day only where it is a date: durations are measured with a clock that nobody sets', () => {
    const asking = sourcesOf('operators', 'src').filter(({ code }) => TIME_OF_DAY.test(code))
    expect(asking.map(({ path }) => path).filter((path) => !(path in ALLOWED))).toEqual([])
  })
})
