import { HandlerError, type LogEvent } from 'rx-projection'
import { hydrate, processEvents, processPages } from 'rx-projection/operators'
import { of, throwError } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { record } from '../../runtime/support/record.ts'

const event = (id: number): LogEvent => ({ id, stream: 's', type: 'a', payload: id })
const savePosition = (): void => undefined
const poison = (): never => {
  throw new Error('poison')
}

describe.each([
  ['processEvents', processEvents],
  ['processPages', processPages],
] as const)('%s', (_, operator) => {
  test('asks about a failure of a handler where it happens, with its event', () => {
    const asked: unknown[] = []
    const onFailure = (failure: unknown): 'retry' => {
      asked.push(failure)
      return 'retry'
    }
    const seen = record(of(event(1)).pipe(operator(poison, { savePosition, onFailure })))
    expect(seen.error).toBeInstanceOf(HandlerError)
    expect(asked).toEqual([{ error: seen.error, event: event(1) }])
  })

  test('errors with the error of a policy that throws', () => {
    const broken = new Error('broken')
    const onFailure = (): never => {
      throw broken
    }
    expect(record(of(event(1)).pipe(operator(poison, { savePosition, onFailure }))).error).toBe(broken)
  })
})

test('hydrate errors with the error of a loaded snapshot that cannot be read', () => {
  const hostile = new Error('hostile')
  const loaded = {
    offset: 1,
    get state(): never {
      throw hostile
    },
  }
  const seen = record(
    hydrate(
      () => loaded,
      () => throwError(() => new Error('not reached')),
      { emitLoaded: true },
    ),
  )
  expect([seen.error, seen.values]).toEqual([hostile, []])
})
