import { describe, expect, it } from 'vitest'
import { median, pairedRatio, quantile } from '../../bench/harness/statistics.ts'

describe('the statistics of the benchmarks', () => {
  it('take the value in the middle, or between the two in the middle', () => {
    expect(median([9, 1, 5])).toBe(5)
    expect(median([9, 1, 5, 7])).toBe(6)
    expect(median([4])).toBe(4)
  })

  it('put a quantile between two values in proportion', () => {
    expect(quantile([10, 20, 30, 40, 50], 0)).toBe(10)
    expect(quantile([50, 40, 30, 20, 10], 1)).toBe(50)
    expect(quantile([10, 20, 30, 40, 50], 0.1)).toBe(14)
    expect(quantile([10, 20, 30, 40, 50], 0.9)).toBe(46)
  })

  it('sort by number, in a copy', () => {
    const values = [100, 9, 20]
    expect(median(values)).toBe(20)
    expect(values).toStrictEqual([100, 9, 20])
  })

  it('know no middle of nothing', () => {
    expect(() => median([])).toThrow(new RangeError('values must not be empty'))
  })

  it('compare neighbours, so that a slow spell of the machine leaves the ratio as it is', () => {
    expect(pairedRatio([10, 40, 10], [20, 80, 20])).toBe(0.5)
    expect(pairedRatio([10, 400, 10, 30], [20, 80, 20, 60])).toBe(0.5)
  })

  it('compare only what was run equally often', () => {
    expect(() => pairedRatio([1, 2], [1])).toThrow(new RangeError('both must have as many values'))
  })
})
