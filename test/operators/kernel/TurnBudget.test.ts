import { VirtualTimeScheduler } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { TurnBudget } from '../../../operators/kernel/TurnBudget.ts'

describe('the budget of a turn', () => {
  test('gives a turn to work that waits before any work was measured', () => {
    const scheduler = new VirtualTimeScheduler()
    const budget = new TurnBudget(scheduler)
    const done: string[] = []
    budget.wait(() => done.push('a'))
    scheduler.flush()
    expect(done).toEqual(['a'])
  })

  test('asks for another turn when the one it asked for was lost, and keeps no timer of the lost one', () => {
    const scheduler = new VirtualTimeScheduler()
    let now = 0
    const budget = new TurnBudget(scheduler)
    budget.enter(() => now)
    budget.leave()
    const done: string[] = []
    budget.wait(() => done.push('a'))
    now = 999
    budget.wait(() => done.push('b'))
    expect(scheduler.actions.filter(({ closed }) => !closed)).toHaveLength(1)
    const [lost] = scheduler.actions
    now = 1_000
    budget.wait(() => done.push('c'))
    expect(lost!.closed).toBe(true)
    scheduler.flush()
    expect(done).toEqual(['a', 'b', 'c'])
  })
})
