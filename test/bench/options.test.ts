import { describe, expect, it } from 'vitest'
import { parseOptions } from '../../bench/harness/options.ts'

const names = ['pages', 'replay', 'memory']

describe('the command line of the benchmarks', () => {
  it('runs all rows in full where nothing else is said', () => {
    expect(parseOptions([], names)).toStrictEqual({ quick: false, only: [], json: undefined })
  })

  it('takes rows one by one or as a list', () => {
    const { only } = parseOptions(['--only', 'pages,memory', '--only', 'replay'], names)
    expect(only).toStrictEqual(['pages', 'memory', 'replay'])
  })

  it('takes a short run and a file', () => {
    expect(parseOptions(['--quick', '--json', 'out.json'], names)).toMatchObject({ quick: true, json: 'out.json' })
  })

  it('names a row that does not exist, and an option', () => {
    expect(() => parseOptions(['--only', 'page'], names)).toThrow(
      new TypeError('no row is named page; there are pages, replay, memory'),
    )
    expect(() => parseOptions(['--fast'], names)).toThrow(/--fast/)
  })
})
