import type { Activity } from '../projections/activity.ts'
import { listEntries } from '../projections/entries.ts'
import { barChart, barsIn } from '../terminal/barChart.ts'
import { heatMap } from '../terminal/heatMap.ts'
import { paint, type Style } from '../terminal/Style.ts'
import { counted } from '../terminal/text.ts'

/**
 * When the commits were made: the latest weeks that fit, and the days and hours of all.
 *
 * @param today such as `2026-11-21`.
 */
export function activityReport({ weeks, hours }: Activity, today: string, style: Style): string[] {
  // Many histories have commits in the future, because a clock was ahead.
  const all = everyWeek(listEntries(weeks).filter(([monday]) => monday <= today))
  const shown = all.slice(-barsIn(style))
  const scope = shown.length < all.length ? `the last ${shown.length} of ${counted(all.length, 'week')}` : ''
  const first = shown[0]
  const last = shown.at(-1)
  if (first === undefined || last === undefined) return []
  return [
    paint(style, 'heading', 'Commits a week') + (scope && paint(style, 'quiet', `  ${scope}`)),
    ...barChart(
      shown.map(([, commits]) => commits),
      first[0],
      last[0],
      style,
    ),
    '',
    paint(style, 'heading', 'Commits by weekday and hour') + paint(style, 'quiet', "  on their authors' clocks"),
    ...heatMap(hours, style),
  ]
}

const WEEK = 7 * 24 * 60 * 60 * 1000

/** A shorter history gets earlier weeks too, so that the plot has a readable width. */
const FEWEST_WEEKS = 10

/** More weeks than any plot can show: it bounds the list when a clock was wrong by a thousand years. */
const MOST_WEEKS = 5_000

/** The weeks from the first to the last, including those without a commit. */
function everyWeek(weeks: readonly [monday: string, commits: number][]): [monday: string, commits: number][] {
  const last = weeks.at(-1)
  if (last === undefined) return []
  const counts = new Map(weeks)
  const all: [string, number][] = []
  const end = Date.parse(last[0])
  const first = Math.min(Date.parse((weeks[0] as [string, number])[0]), end - (FEWEST_WEEKS - 1) * WEEK)
  for (let time = Math.max(first, end - MOST_WEEKS * WEEK); time <= end; time += WEEK) {
    const monday = new Date(time).toISOString().slice(0, 10)
    all.push([monday, counts.get(monday) ?? 0])
  }
  return all
}
