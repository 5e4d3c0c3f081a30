import { describe, expect, it } from 'vitest'
import { localTime } from '../../../examples/git-history/git/localTime.ts'

describe('localTime', () => {
  it.each([
    ['1795323174 +0000', '2026-11-22T04:52:54+00:00'],
    ['1795323174 +0530', '2026-11-22T10:22:54+05:30'],
    ['1795323174 -0800', '2026-11-21T20:52:54-08:00'],
    ['0 +0000', '1970-01-01T00:00:00+00:00'],
    ['-86400 +0100', '1969-12-31T01:00:00+01:00'],
  ])('tells %s on the clock of who was there', (raw, local) => {
    expect(localTime(raw)).toBe(local)
  })

  it.each(['', 'yesterday', '99999999999999 +0000', '1795323174 +9900', '1795323174 +0099', '1795323174', '1e3 +0000'])(
    'takes %j for the beginning of 1970',
    (raw) => {
      expect(localTime(raw)).toBe('1970-01-01T00:00:00+00:00')
    },
  )
})
