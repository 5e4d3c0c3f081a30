import { describe, expect, test } from 'vitest'
import { type Action, Lifecycle, type State } from '../../../src/runtime/lifecycle/Lifecycle.ts'
import { record } from '../support/record.ts'

/** The actions that lead from a new lifecycle to each state. */
const ways: Readonly<Record<State, readonly Action[]>> = {
  starting: [],
  hydrating: ['begin'],
  standby: ['begin', 'standBy'],
  'catching-up': ['begin', 'catchUp'],
  live: ['begin', 'catchUp', 'goLive'],
  retrying: ['begin', 'retry'],
  stopping: ['begin', 'stop'],
  stopped: ['end'],
  faulted: ['fault'],
}

const active = {
  begin: undefined,
  hydrate: 'hydrating',
  standBy: 'standby',
  catchUp: 'catching-up',
  goLive: 'live',
  retry: 'retrying',
  stop: 'stopping',
  end: 'stopped',
  fault: 'faulted',
} as const

const none = {
  begin: undefined,
  hydrate: undefined,
  standBy: undefined,
  catchUp: undefined,
  goLive: undefined,
  retry: undefined,
  stop: undefined,
  end: undefined,
  fault: undefined,
} as const

/** Where each action leads from each state; `undefined`: it is forbidden. */
const table: Readonly<Record<State, Readonly<Record<Action, State | undefined>>>> = {
  starting: { ...none, begin: 'hydrating', stop: 'stopping', end: 'stopped', fault: 'faulted' },
  hydrating: active,
  standby: active,
  'catching-up': active,
  live: active,
  retrying: active,
  stopping: { ...none, end: 'stopped' },
  stopped: none,
  faulted: none,
}

function lifecycleIn(state: State): Lifecycle {
  const lifecycle = new Lifecycle()
  lifecycle.show()
  for (const action of ways[state]) lifecycle.dispatch(action)
  expect(lifecycle.state).toBe(state)
  return lifecycle
}

const pairs = Object.entries(table).flatMap(([from, row]) =>
  Object.entries(row).map(([action, to]) => [from, action, to] as [State, Action, State | undefined]),
)

describe('the lifecycle', () => {
  test.each(pairs)('%s, %s: %s', (from, action, to) => {
    const lifecycle = lifecycleIn(from)
    const shown = lifecycle.status.value
    expect(lifecycle.dispatch(action)).toBe(to !== undefined)
    expect(lifecycle.state).toBe(to ?? from)
    // A forbidden action changes nothing that is shown either.
    if (to === undefined || to === 'stopping') expect(lifecycle.status.value).toBe(shown)
    else expect(lifecycle.status.value).toBe(to === 'standby' ? 'hydrating' : to)
    expect(lifecycle.stopping.aborted).toBe(lifecycle.state === 'stopping' || from === 'stopping')
    expect(lifecycle.hasEnded).toBe(['stopped', 'faulted'].includes(lifecycle.state))
    expect(lifecycle.flows).toBe(['catching-up', 'live'].includes(lifecycle.state))
  })

  test('emits nothing before show(), and each status once', () => {
    const lifecycle = new Lifecycle()
    const status = record(lifecycle.status.values$)
    expect(status.values).toEqual([])
    lifecycle.show()
    for (const action of ['begin', 'hydrate', 'catchUp', 'goLive', 'goLive', 'stop', 'catchUp', 'end'] as const) {
      lifecycle.dispatch(action)
    }
    expect(status.values).toEqual(['hydrating', 'catching-up', 'live', 'stopped'])
  })

  test('can be stopped by a subscriber of a status, after the dispatched action is done', () => {
    const lifecycle = new Lifecycle()
    lifecycle.status.values$.subscribe((status) => status === 'live' && lifecycle.dispatch('stop'))
    lifecycle.dispatch('begin')
    expect(lifecycle.dispatch('goLive')).toBe(true)
    expect([lifecycle.state, lifecycle.status.value]).toEqual(['stopping', 'live'])
  })
})
