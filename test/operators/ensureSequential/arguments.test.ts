import { type EnsureSequentialOptions, ensureSequential } from 'rx-projection/operators'
import { describe, expect, it } from 'vitest'

const wrong: readonly (readonly [argument: string, options: unknown, error: typeof RangeError])[] = [
  ['options', null, TypeError],
  ['options', 5, TypeError],
  ['after', { after: -1 }, RangeError],
  ['after', { after: 1.5 }, RangeError],
  ['after', { after: '1' }, RangeError],
  ['onDuplicate', { onDuplicate: 'log' }, TypeError],
  ['onUnhandled', { onUnhandled: {} }, TypeError],
  ['hold', { hold: 5 }, TypeError],
  ['hold', { hold: null }, TypeError],
  ['hold.for', { hold: { atMost: 5 } }, RangeError],
  ['hold.for', { hold: { for: -1, atMost: 5 } }, RangeError],
  ['hold.for', { hold: { for: 2 ** 31, atMost: 5 } }, RangeError],
  ['hold.for', { hold: { for: Number.NaN, atMost: 5 } }, RangeError],
  ['hold.atMost', { hold: { for: 5 } }, RangeError],
  ['hold.atMost', { hold: { for: 5, atMost: 0 } }, RangeError],
  ['hold.atMost', { hold: { for: 5, atMost: 1.5 } }, RangeError],
  ['hold.atMost', { hold: { for: 5, atMost: Number.POSITIVE_INFINITY } }, RangeError],
]

describe('ensureSequential, when it is called,', () => {
  it.each(wrong)('names the wrong argument %s', (argument, options, error) => {
    const call = () => ensureSequential(options as EnsureSequentialOptions)
    expect(call).toThrow(error)
    expect(call).toThrow(new RegExp(`^${argument.replace('.', '\\.')} must be `))
  })

  it('accepts the smallest and the largest value', () => {
    expect(ensureSequential({ after: 0, hold: { for: 0, atMost: 1 } })).toBeTypeOf('function')
    expect(
      ensureSequential({ after: Number.MAX_SAFE_INTEGER, hold: { for: 2 ** 31 - 1, atMost: 2 ** 40 } }),
    ).toBeTypeOf('function')
  })
})
