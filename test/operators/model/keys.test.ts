import { describe, expect, test } from 'vitest'
import { checkKeys } from '../../../operators/model/keys.ts'

const known = ['delay', 'entropy', 'count', 'resetAfter', 'retryIf']

describe('the keys of options', () => {
  test('pass if all are known', () => {
    expect(() => checkKeys({ delay: 1, count: 2 }, known)).not.toThrow()
    expect(() => checkKeys({}, [])).not.toThrow()
  })

  test.each([
    [{ cuont: 5 }, 'unknown option: cuont; did you mean count?'],
    [{ delya: 5 }, 'unknown option: delya; did you mean delay?'],
    [{ retryif: 5 }, 'unknown option: retryif; did you mean retryIf?'],
    [{ resetAftr: 5 }, 'unknown option: resetAftr; did you mean resetAfter?'],
    [{ colour: 5 }, 'unknown option: colour; known are delay, entropy, count, resetAfter, retryIf'],
  ])('are refused if one is unknown: %o', (options, message) => {
    expect(() => checkKeys(options, known)).toThrow(new TypeError(message))
  })

  test('are named with their place', () => {
    expect(() => checkKeys({ cuont: 5 }, known, 'retry')).toThrow(
      'unknown option: retry.cuont; did you mean retry.count?',
    )
    expect(() => checkKeys({ typ: 'A' }, ['type'], 'events[2]', 'field')).toThrow('unknown field: events[2].typ')
  })

  test('may be hostile: inherited and odd names get no exception', () => {
    expect(() => checkKeys(JSON.parse('{"__proto__": 1}'), known)).toThrow('unknown option: __proto__')
    expect(() => checkKeys({ constructor: 1 }, known)).toThrow('unknown option: constructor')
    expect(() => checkKeys({ ['x'.repeat(1e6)]: 1 }, known)).toThrow(`unknown option: ${'x'.repeat(60)}…`)
  })
})
