import { describe, expect, it } from 'vitest'
import { judge, type Measured } from '../../bench/harness/outcome.ts'
import { report } from '../../bench/harness/report.ts'
import type { Row } from '../../bench/harness/row.ts'
import { digits, table } from '../../bench/harness/table.ts'

const plan = { scale: { events: 1, appends: 1 }, launches: 1, warmUps: 0, rounds: 3 }
const rows: Record<'fold' | 'memory' | 'peer', Row> = {
  fold: {
    name: 'fold',
    what: 'a fold',
    unit: 'ms',
    ours: { title: 'operators', variant: 'a.ts' },
    baseline: { title: 'loop', variant: 'b.ts' },
    besides: [{ title: 'switch', variant: 'c.ts' }],
    goal: { ratio: 1.5 },
    full: plan,
  },
  memory: {
    name: 'memory',
    what: 'memory',
    unit: 'MB',
    ours: { title: 'operators', variant: 'a.ts' },
    goal: { value: 64 },
    full: plan,
  },
  peer: {
    name: 'peer',
    what: 'catch-up',
    unit: 'ms',
    ours: { title: 'operators', variant: 'a.ts' },
    baseline: { title: 'peer', variant: 'b.ts' },
    goal: { ratio: 1 / 40 },
    full: plan,
  },
}

function measured(title: string, values: readonly number[]): Measured {
  return { contender: { title, variant: `${title}.ts` }, values, result: 'same' }
}

const outcomes = [
  judge(rows.fold, [
    measured('operators', [20, 21, 22]),
    measured('loop', [10, 10, 10]),
    measured('switch', [7, 7, 7]),
  ]),
  judge(rows.memory, [measured('operators', [51.92, 51.92, 51.92])]),
  judge(rows.peer, [measured('operators', [100, 100, 100]), measured('peer', [8000, 8000, 8000])]),
]

describe('the table of the benchmarks', () => {
  it('has a line for each row, with medians, ranges, ratio, goal and verdict', () => {
    expect(table(outcomes).split('\n').map(tidy)).toStrictEqual([
      '| what | ours | baseline | ratio | goal | |',
      '| - | - | - | - | - | - |',
      '| a fold | 21 ms (20.2–21.8) | loop: 10 ms (10–10) | 2.1 × | ≤ 1.5 × | MISSED |',
      '| (for orientation) | | switch: 7 ms (7–7) | 3 × | – | |',
      '| memory | 51.9 MB (51.9–51.9) | – | – | ≤ 64 MB | met |',
      '| catch-up | 100 ms (100–100) | peer: 8000 ms (8000–8000) | 80 × faster | ≥ 40 × faster | met |',
    ])
  })

  it('has columns of one width', () => {
    const lengths = table(outcomes)
      .split('\n')
      .map((line) => line.length)
    expect(new Set(lengths).size).toBe(1)
  })

  it('shows three significant digits', () => {
    expect([0, 0.001234, 0.5, 1.2345, 12.345, 123.45, 12345].map(digits)).toStrictEqual([
      '0',
      '0.00123',
      '0.5',
      '1.23',
      '12.3',
      '123',
      '12345',
    ])
  })
})

describe('the report for other programs', () => {
  it('gives every figure, the ratio, the goal and whether it is met', () => {
    expect(report(outcomes).rows[0]).toStrictEqual({
      name: 'fold',
      what: 'a fold',
      unit: 'ms',
      variants: [
        { title: 'operators', median: 21, values: [20, 21, 22] },
        { title: 'loop', median: 10, values: [10, 10, 10] },
        { title: 'switch', median: 7, values: [7, 7, 7] },
      ],
      ratio: 2.1,
      goal: { ratio: 1.5 },
      met: false,
    })
    expect(report(outcomes).rows[1]).toMatchObject({ ratio: null, goal: { value: 64 }, met: true })
  })
})

/** Without what only serves the width of a column. */
function tidy(line: string): string {
  return line.replace(/-+/g, '-').replace(/ +/g, ' ')
}
