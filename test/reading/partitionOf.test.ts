import { partitionOf } from 'rx-projection'
import { describe, expect, test } from 'vitest'

describe('partitionOf', () => {
  // The published test vectors of FNV-1a, 32 bit.
  test.each([
    ['', 0x811c9dc5],
    ['a', 0xe40c292c],
    ['b', 0xe70c2de5],
    ['foobar', 0xbf9cf968],
  ])('is the FNV-1a hash of the name: %j', (name, hash) => {
    expect(partitionOf(name, 2 ** 32)).toBe(hash)
    expect(partitionOf(name, 16)).toBe(hash % 16)
  })

  test('takes names as UTF-8', () => {
    // The hash of the two bytes c3 a9.
    expect(partitionOf('é', 2 ** 32)).toBe(fnv([0xc3, 0xa9]))
  })

  test('spreads streams evenly', () => {
    const counts = Array<number>(16).fill(0)
    for (let n = 0; n < 16_000; n++) counts[partitionOf(`account-${n}`, 16)]!++
    expect(Math.min(...counts)).toBeGreaterThan(850)
    expect(Math.max(...counts)).toBeLessThan(1_150)
  })

  test('checks its arguments', () => {
    expect(() => partitionOf(7 as never, 4)).toThrow(TypeError)
    expect(() => partitionOf('a', 0)).toThrow(RangeError)
  })
})

function fnv(bytes: readonly number[]): number {
  let hash = 0x811c9dc5n
  for (const byte of bytes) hash = ((hash ^ BigInt(byte)) * 0x01000193n) % 2n ** 32n
  return Number(hash)
}
