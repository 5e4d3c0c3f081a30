import { HandlerError, type LogEvent } from 'rx-projection'
import { describe, expect, test } from 'vitest'
import { FailurePolicy } from '../../../src/runtime/failures/FailurePolicy.ts'
import { Reports } from '../../../src/runtime/failures/Reports.ts'

const event: LogEvent = { id: 3, stream: 's', type: 'a', payload: 1 }
const later: LogEvent = { ...event, id: 4 }
const failed = (of: LogEvent, cause: unknown = new Error('no')) =>
  new HandlerError({ event: of, projection: 'p', cause })

function policyOf(handlerFailures: number, retryIf?: (error: unknown, attempt: number) => boolean) {
  return new FailurePolicy(
    retryIf === undefined ? {} : { retry: { retryIf } },
    handlerFailures,
    new Reports('p', () => true),
  )
}

describe('the failure policy', () => {
  test('stops at the last allowed failure of a handler at one position', () => {
    const policy = policyOf(3)
    const decide = () => policy.decide({ error: failed(event), event })
    expect([decide(), decide(), decide()]).toEqual(['retry', 'retry', 'stop'])
  })

  test('counts each position separately, and forgets it when the run has passed it', () => {
    const policy = policyOf(2)
    const decide = (of: LogEvent) => policy.decide({ error: failed(of), event: of })
    expect([decide(event), decide(later)]).toEqual(['retry', 'retry'])
    policy.passed(3)
    expect([decide(event), decide(later)]).toEqual(['retry', 'stop'])
  })

  test('retries a failure without an event, however often, unless its error is not retryable', () => {
    const policy = policyOf(1)
    const away = { error: new Error('away') }
    expect([policy.decide(away), policy.decide(away)]).toEqual(['retry', 'retry'])
    const permanent = Object.assign(new Error('never'), { retryable: false })
    expect(policy.decide({ error: permanent })).toBe('stop')
    expect(policy.decide({ error: failed(event, permanent), event })).toBe('stop')
  })

  test('decides once: the decision at a stage holds when the error arrives at the run', () => {
    const policy = policyOf(2)
    const error = failed(event)
    policy.decide({ error, event })
    expect(policy.retryable(error, 1)).toBe(true)
    // Thrown again without a stage that decides, as by a hand-made source.
    expect(policy.retryable(error, 2)).toBe(false)
  })

  test('asks retryIf only about failures that it would retry itself', () => {
    const asked: unknown[] = []
    const policy = policyOf(1, (error) => {
      asked.push(error)
      return false
    })
    const away = new Error('away')
    expect([policy.retryable(failed(event), 1), policy.retryable(away, 2)]).toEqual([false, false])
    expect(asked).toEqual([away])
  })
})
