import { defineProjection } from 'rx-projection'
import type { HistoryEvent } from '../events.ts'
import { type Entries, entry, withEntry } from './entries.ts'

/** When a team works. */
export interface Activity {
  /** Commits per week, by the week's Monday, such as `2026-11-16`. */
  readonly weeks: Entries<number>
  /** Commits by weekday (Monday first) and hour, on the author's clock. */
  readonly hours: readonly (readonly number[])[]
}

/** When the commits were made: week by week, and at which hour of which weekday. Merges are commits too. */
export const activity = defineProjection<Activity, HistoryEvent>({
  name: 'activity',
  initialState: () => ({ weeks: null, hours: Array.from({ length: 7 }, () => new Array<number>(24).fill(0)) }),
  ignore: 'others',
  on: {
    CommitRecorded: ({ weeks, hours }, { payload: { authoredAt } }) => {
      const day = Date.parse(authoredAt.slice(0, 10))
      const weekday = weekdayOf(day)
      const week = new Date(day - weekday * DAY).toISOString().slice(0, 10)
      const hour = Number(authoredAt.slice(11, 13))
      const ofDay = hours[weekday] as readonly number[]
      return {
        weeks: withEntry(weeks, week, (entry(weeks, week) ?? 0) + 1),
        hours: hours.with(weekday, ofDay.with(hour, (ofDay[hour] ?? 0) + 1)),
      }
    },
  },
})

const DAY = 24 * 60 * 60 * 1000

/** 0 for Monday. The first of January 1970 was a Thursday. */
function weekdayOf(day: number): number {
  return (((day / DAY + 3) % 7) + 7) % 7
}
