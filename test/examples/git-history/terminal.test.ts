import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { barChart, barsIn } from '../../../examples/git-history/terminal/barChart.ts'
import { heatMap } from '../../../examples/git-history/terminal/heatMap.ts'
import { ProgressDisplay } from '../../../examples/git-history/terminal/ProgressDisplay.ts'
import { paint, type Style, styleOf } from '../../../examples/git-history/terminal/Style.ts'
import { table } from '../../../examples/git-history/terminal/table.ts'
import {
  counted,
  duration,
  harmless,
  inColumns,
  percent,
  widthOf,
  wrapped,
} from '../../../examples/git-history/terminal/text.ts'

const STYLE: Style = { width: 80, colour: false, unicode: true }
const ASCII: Style = { ...STYLE, unicode: false }

describe('text', () => {
  it('gives no control over the terminal to text of others', () => {
    expect(harmless('a\u001b[31mred\u0007\n\u009b\u202eb')).toBe('a\ufffd[31mred\ufffd\ufffd\ufffd\ufffdb')
  })

  it.each([
    ['abc', 3],
    ['日本', 4],
    ['e\u0301', 1],
    ['👩‍👩‍👧', 2],
    ['', 0],
  ])('knows that %j takes %i columns', (text, columns) => {
    expect(widthOf(text)).toBe(columns)
  })

  it('fits text into columns', () => {
    expect(inColumns('abc', 5)).toBe('abc  ')
    expect(inColumns('abc', 5, { from: 'right' })).toBe('  abc')
    expect(inColumns('abcdef', 4)).toBe('abc…')
    expect(inColumns('src/a/b', 4, { cut: 'start' })).toBe('…a/b')
    expect(inColumns('日本日本', 4)).toBe('日… ')
    expect(inColumns('abcdef', 4, { ellipsis: '..' })).toBe('ab..')
  })

  it('breaks lines between words', () => {
    expect(wrapped('one two three four', 9)).toEqual(['one two', 'three', 'four'])
    expect(wrapped('a-very-long-word b', 5)).toEqual(['a-very-long-word', 'b'])
  })

  it('tells numbers, parts and durations', () => {
    expect([counted(1, 'commit'), counted(0, 'commit'), counted(12_345, 'person', 'people')]).toEqual([
      '1 commit',
      '0 commits',
      '12,345 people',
    ])
    expect([percent(0.614), percent(1), percent(0.004), percent(0)]).toEqual(['61%', '100%', '<1%', '0%'])
    expect([duration(12), duration(2_440), duration(192_000)]).toEqual(['12 ms', '2.4 s', '3 min 12 s'])
  })
})

describe('styleOf', () => {
  const terminal = { isTTY: true, columns: 80 }
  const utf8 = { LANG: 'en_US.UTF-8', TERM: 'xterm' }

  it('has colours on a terminal alone, and not where the user wants none', () => {
    expect(styleOf(terminal, utf8).colour).toBe(true)
    expect(styleOf({}, utf8).colour).toBe(false)
    expect(styleOf(terminal, { ...utf8, NO_COLOR: '1' }).colour).toBe(false)
    expect(styleOf(terminal, { ...utf8, TERM: 'dumb' }).colour).toBe(false)
  })

  it('keeps to ASCII where the locale does', () => {
    expect(styleOf({}, utf8).unicode).toBe(true)
    expect(styleOf({}, { LANG: 'C' }).unicode).toBe(false)
    expect(styleOf({}, { LANG: 'en_US.UTF-8', LC_ALL: 'C' }).unicode).toBe(false)
    expect(styleOf({}, { LANG: 'C.utf8' }).unicode).toBe(true)
  })

  it('is 80 columns wide where nobody says, and never too narrow or too wide', () => {
    expect(styleOf({}, {}).width).toBe(80)
    expect(styleOf({ columns: 100 }, {}).width).toBe(100)
    expect(styleOf({ columns: 10 }, {}).width).toBe(40)
    expect(styleOf({ columns: 400 }, {}).width).toBe(120)
  })

  it('paints only where there are colours', () => {
    expect(paint(STYLE, 'bar', 'x')).toBe('x')
    expect(paint({ ...STYLE, colour: true }, 'bar', 'x')).toBe('\u001b[36mx\u001b[0m')
    expect(paint({ ...STYLE, colour: true }, 'bar', '')).toBe('')
  })
})

describe('table', () => {
  const columns = [
    { title: 'folder', shrink: 'start' as const },
    { title: 'lines', align: 'right' as const },
  ]

  it('is as wide as what is in it', () => {
    expect(
      table(
        columns,
        [
          ['src', '12,345'],
          ['a', '1'],
        ],
        STYLE,
      ),
    ).toEqual(['  folder   lines', '  src     12,345', '  a            1'])
  })

  it('leaves out the beginning of long paths to fit the width', () => {
    const [header, row] = table(columns, [[`${'deep/'.repeat(30)}end`, '12']], STYLE)
    expect(widthOf(row as string)).toBeLessThan(80)
    expect(row).toMatch(/^ {2}…p?\/(deep\/)+end {5}12$/)
    expect(widthOf(header as string)).toBe(widthOf(row as string))
  })
})

describe('barChart', () => {
  it('draws bars as high as the values, with the highest on the scale', () => {
    expect(barChart([0, 3, 6, 1], 'first', 'last', STYLE)).toEqual([
      '     6 │        ███',
      '       │        ███',
      '       │        ███',
      '       │    ███ ███',
      '       │    ███ ███',
      '       │    ███ ███ ███',
      '     0 └────────────────',
      '        first       last',
    ])
  })

  it('draws them with signs that every terminal has', () => {
    expect(barChart([0, 3, 6, 1], 'first', 'last', ASCII).slice(3, 7)).toEqual([
      '       |    ### ###',
      '       |    ### ###',
      '       |    ### ### ###',
      '     0 +----------------',
    ])
  })

  it('shows a value that is small beside others', () => {
    expect(barChart([1, 1_000], 'a', 'b', STYLE)[5]).toBe('        │▁▁▁ ███')
  })

  it('fits the width with as many bars as there is room for', () => {
    const values = Array.from({ length: barsIn(STYLE) }, (_, index) => index)
    for (const line of barChart(values, '2026-01-05', '2027-01-04', STYLE)) {
      expect(widthOf(line)).toBeLessThan(80)
    }
  })
})

describe('heatMap', () => {
  const hours = Array.from({ length: 7 }, (_, day) =>
    Array.from({ length: 24 }, (_, hour) => (day === 0 && hour >= 9 && hour < 13 ? (hour - 8) * 10 : 0)),
  )

  it('is the darker, the more there is, with a sum a day', () => {
    const lines = heatMap(hours, STYLE)
    expect(lines).toHaveLength(8)
    expect(lines[0]).toBe('        0     3     6     9     12    15    18    21')
    expect(lines[1]).toBe(`   Mon  ${'· '.repeat(9)}░░▒▒▓▓██${'· '.repeat(11)}     100`)
    expect(lines[7]).toBe(`   Sun  ${'· '.repeat(24)}       0`)
  })

  it('has signs that every terminal has, and a narrow form', () => {
    expect(heatMap(hours, { ...ASCII, width: 60 })[1]).toBe(`   Mon  ${'.'.repeat(9)}-+*#${'.'.repeat(11)}     100`)
  })
})

describe('ProgressDisplay', () => {
  it('says now and then how far it is, with the rate and the time left, where there is no terminal', () => {
    let now = 0
    let written = ''
    const output = {
      write(text: string): boolean {
        written += text
        return true
      },
    }
    const progress = new ProgressDisplay(output, STYLE, () => now)
    progress.start('Importing', 10_000, 'commit')
    for (let commits = 1_000; commits <= 10_000; commits += 1_000) {
      now += 500
      progress.update(commits)
    }
    progress.stop()
    expect(written).toBe(
      [
        'Importing: 1,000 of 10,000 commits, 2,000/s, 4.5 s left\n',
        'Importing: 5,000 of 10,000 commits, 2,000/s, 2.5 s left\n',
        'Importing: 9,000 of 10,000 commits, 2,000/s, 500 ms left\n',
      ].join(''),
    )
  })

  it('is a bar on a terminal, that fits 80 columns', () => {
    let now = 0
    const written: string[] = []
    const output = { isTTY: true, columns: 80, write: (text: string) => Boolean(written.push(text)) }
    const progress = new ProgressDisplay(output, STYLE, () => now)
    progress.start('Importing', 100_000, 'commit')
    now = 5_000
    progress.update(45_000)
    progress.stop()
    const last = written.filter((text) => text.includes('Importing')).at(-1) as string
    expect(last).toContain('█')
    expect(last).toContain('45%')
    expect(last).toContain('45,000 of 100,000 commits, 9,000/s, 6.1 s left')
    expect(widthOf(stripVTControlCharacters(last).trimEnd())).toBeLessThanOrEqual(80)
  })
})
