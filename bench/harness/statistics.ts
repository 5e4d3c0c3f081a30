/** The value below which a part of all values lies, from 0 for the least to 1 for the greatest; between two, in proportion. */
export function quantile(values: readonly number[], part: number): number {
  if (values.length === 0) throw new RangeError('values must not be empty')
  const sorted = values.toSorted((a, b) => a - b)
  const place = part * (sorted.length - 1)
  const below = sorted[Math.floor(place)]!
  const above = sorted[Math.ceil(place)]!
  return below + (above - below) * (place - Math.floor(place))
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/**
 * The ratio of two variants that were run in turns: the median of the ratios of neighbours. What slows the machine down for
 * a while slows both of a pair down, and leaves their ratio as it is.
 */
export function pairedRatio(ours: readonly number[], baseline: readonly number[]): number {
  if (ours.length !== baseline.length) throw new RangeError('both must have as many values')
  return median(ours.map((value, index) => value / baseline[index]!))
}
