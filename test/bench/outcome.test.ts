import { describe, expect, it } from 'vitest'
import { judge, type Measured } from '../../bench/harness/outcome.ts'
import type { Row } from '../../bench/harness/row.ts'

const plan = { scale: { events: 1, appends: 1 }, launches: 1, warmUps: 0, rounds: 3 }
const row: Row = {
  name: 'row',
  what: 'a row',
  unit: 'ms',
  ours: { title: 'ours', variant: 'ours.ts' },
  baseline: { title: 'theirs', variant: 'theirs.ts' },
  goal: { ratio: 0.5 },
  full: plan,
}

function measured(title: string, values: readonly number[], result = 'same'): Measured {
  return { contender: { title, variant: `${title}.ts` }, values, result }
}

describe('the judgement of a row', () => {
  it('is the ratio to the baseline, and its share of the goal', () => {
    const { ratio, share } = judge(row, [measured('ours', [3, 3, 3]), measured('theirs', [12, 12, 12])])
    expect({ ratio, share }).toStrictEqual({ ratio: 0.25, share: 0.5 })
  })

  it('is the share of a fixed goal where there is no baseline', () => {
    const { baseline: _, ...alone } = row
    const { ratio, share } = judge({ ...alone, goal: { value: 64 } }, [measured('ours', [80, 96, 128])])
    expect({ ratio, share }).toStrictEqual({ ratio: undefined, share: 1.5 })
  })

  it('leaves out what is measured for orientation only', () => {
    const beside = measured('beside', [1, 1, 1])
    const { ratio } = judge(row, [measured('ours', [3, 3, 3]), measured('theirs', [12, 12, 12]), beside])
    expect(ratio).toBe(0.25)
  })

  it('refuses variants that have not computed the same', () => {
    const other = [measured('ours', [1], 'total 3'), measured('theirs', [1], 'total 4')]
    expect(() => judge(row, other)).toThrow(new Error('row: theirs has computed total 4, not total 3'))
  })

  it('needs a baseline for a goal that is a ratio', () => {
    const { baseline: _, ...alone } = row
    expect(() => judge(alone, [measured('ours', [1])])).toThrow(TypeError)
  })
})
