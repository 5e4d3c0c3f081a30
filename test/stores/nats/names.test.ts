import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeName, encodeName } from '../../../src/stores/nats/names.ts'

const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 80 })

describe('a name in a subject', () => {
  test('is a token of letters, digits, -, _ and =, short enough for any server', () => {
    fc.assert(fc.property(name, (text) => /^[A-Za-z0-9_=-]{1,200}$/.test(encodeName(text))))
    expect(encodeName('x'.repeat(5_000))).toMatch(/^==[A-Za-z0-9_-]{43}$/)
  })

  test('stays as it is where it is a plain word', () => {
    expect(encodeName('account-17_b')).toBe('account-17_b')
  })

  test('comes back, unless it is too long', () => {
    fc.assert(
      fc.property(name, (text) => {
        const token = encodeName(text)
        expect(decodeName(token)).toBe(token.startsWith('==') ? undefined : text)
      }),
    )
  })

  test('is never that of another one', () => {
    const tricky = ['a.b', 'a=2Eb', 'a=2eb', 'a%2Eb', '=', '==', '=3D', 'A', 'a', '*', '>', ' ', 'á', 'a\u0301']
    expect(new Set(tricky.map(encodeName)).size).toBe(tricky.length)
    const long = Array.from({ length: 50 }, (_, index) => `${'x'.repeat(300)}${index}`)
    expect(new Set(long.map(encodeName)).size).toBe(long.length)
  })

  test('of what is no token of ours is unknown', () => {
    expect(decodeName('=zz')).toBeUndefined()
  })
})
