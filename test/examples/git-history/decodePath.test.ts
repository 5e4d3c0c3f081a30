import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodePath } from '../../../examples/git-history/git/decodePath.ts'

describe('decodePath', () => {
  it('gives UTF-8 as it is', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }).map((text) => text.toWellFormed()),
        (name) => {
          expect(decodePath(Buffer.from(name))).toBe(name)
        },
      ),
    )
  })

  it('writes the bytes of any other encoding', () => {
    expect(decodePath(Buffer.from('Stra\xdfe/caf\xe9', 'latin1'))).toBe('Stra\\xdfe/caf\\xe9')
  })

  it('keeps two names that are not UTF-8 apart', () => {
    expect(decodePath(Buffer.from([0xff]))).not.toBe(decodePath(Buffer.from([0xfe])))
  })
})
