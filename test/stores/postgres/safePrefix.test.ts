import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { safePrefix } from '../../../src/stores/postgres/reader/safePrefix.ts'
import { Watermark } from '../../../src/stores/postgres/reader/Watermark.ts'

describe('safePrefix', () => {
  test('gives the contiguous beginning', () => {
    expect(safePrefix([3, 4, 6, 7], { after: 2, limit: 9, settled: 0 })).toEqual({ count: 2, through: 4, holes: [] })
  })

  test('gives whatever lies in what is settled, and what follows it without a hole', () => {
    const prefix = safePrefix([3, 6, 9, 10, 12], { after: 2, limit: 9, settled: 8 })
    expect(prefix).toEqual({ count: 4, through: 10, holes: [{ from: 4, to: 5 }, { from: 7, to: 8 }] }) // biome-ignore format: one line
  })

  test('moves up to what is settled, also without a row', () => {
    expect(safePrefix([], { after: 2, limit: 9, settled: 8 })).toEqual({ count: 0, through: 8, holes: [] })
    expect(safePrefix([10], { after: 2, limit: 9, settled: 8 })).toEqual({ count: 0, through: 8, holes: [] })
  })

  test('a full page leads no further than its last row', () => {
    expect(safePrefix([3, 4], { after: 2, limit: 2, settled: 8 })).toEqual({ count: 2, through: 4, holes: [] })
  })
})

describe('Watermark', () => {
  const holding = (head: number, ...holders: string[]) => ({ head, holders })

  test('nothing is settled while one is there who was there when it was seen', () => {
    const watermark = new Watermark()
    expect(watermark.take(watermark.begin(), holding(5, 'a', 'b'), true)).toBe(false)
    expect(watermark.take(watermark.begin(), holding(9, 'b', 'c'), false)).toBe(true)
    expect([watermark.settled, watermark.pending]).toEqual([0, 1])
    expect(watermark.take(watermark.begin(), holding(9, 'c'), false)).toBe(true)
    expect([watermark.settled, watermark.pending]).toEqual([5, 0])
  })

  test('a later fence does not wait for those of an earlier one, nor an earlier one for later ones', () => {
    const watermark = new Watermark()
    watermark.take(watermark.begin(), holding(5, 'a'), true)
    watermark.take(watermark.begin(), holding(9, 'a', 'b'), true)
    watermark.take(watermark.begin(), holding(9, 'b'), true)
    expect(watermark.settled).toBe(5)
    watermark.take(watermark.begin(), holding(9), true)
    expect(watermark.settled).toBe(9)
  })

  test('what was settled counts for statements that are sent afterwards', () => {
    const watermark = new Watermark()
    const poll = watermark.begin()
    watermark.take(poll, holding(5), true)
    expect(poll.settled).toBe(0)
    expect(watermark.begin().settled).toBe(5)
  })

  test('a look from before a fence was opened says nothing about its holders', () => {
    const watermark = new Watermark()
    const early = watermark.begin()
    watermark.take(watermark.begin(), holding(5, 'late'), true)
    expect(watermark.take(early, holding(5), false)).toBe(false)
    expect(watermark.settled).toBe(0)
  })

  test('a prepared transaction that lost its name counts for every fence', () => {
    const watermark = new Watermark()
    watermark.take(watermark.begin(), holding(5, '3/7'), true)
    watermark.take(watermark.begin(), holding(5, '-1/99'), false)
    expect(watermark.settled).toBe(0)
    watermark.take(watermark.begin(), holding(5), false)
    expect(watermark.settled).toBe(5)
  })

  test('however long one transaction lasts, few fences are kept', () => {
    const watermark = new Watermark()
    for (let head = 1; head < 1_000; head++)
      watermark.take(watermark.begin(), holding(head, 'slow', `quick ${head}`), true)
    expect(watermark.pending).toBeLessThan(4)
  })

  test('no order of draws, commits, rollbacks and looks settles an id that still comes', () => {
    const step = fc.record({
      who: fc.nat(4),
      what: fc.constantFrom('draw', 'commit', 'rollback', 'look', 'delayed look'),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const watermark = new Watermark()
        const table = new Set<number>()
        const open = new Map<number, { name: string; ids: number[] }>()
        const delayed: (() => void)[] = []
        let drawn = 0
        let begun = 0
        const send = () => {
          const poll = watermark.begin()
          const look = holding(Math.max(0, ...table), ...[...open.values()].map(({ name }) => name))
          return () => void watermark.take(poll, look, true)
        }
        for (const { who, what } of steps) {
          if (what === 'draw') {
            if (!open.has(who)) open.set(who, { name: `t${begun++}`, ids: [] })
            open.get(who)!.ids.push(++drawn)
          } else if (what === 'look') send()()
          else if (what === 'delayed look') {
            delayed.push(send())
            if (delayed.length > 2) delayed.splice(who % delayed.length, 1)[0]!()
          } else {
            const ids = open.get(who)?.ids ?? []
            open.delete(who)
            if (what === 'commit') for (const id of ids) table.add(id)
            const late = what === 'commit' ? ids.filter((id) => id <= watermark.settled) : []
            expect(late).toEqual([])
          }
        }
      }),
    )
  })
})
