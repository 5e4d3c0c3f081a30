import {
  defineProjection,
  evolve,
  HandlerError,
  type LogEvent,
  type OneOrMany,
  replay,
  scanProjection,
} from 'rx-projection/operators'
import { eventsOf } from 'rx-projection/testing'
import { type Observable, of } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { record } from '../../support/record.ts'

type Letter = { type: 'letter'; payload: unknown }
type State = { ids: number[] }
const { a, b, c } = eventsOf('abc')
const initialState = (): State => ({ ids: [] })

/** Returns nothing for one event. */
const forgetful = defineProjection<State, Letter>({
  name: 'forgetful',
  initialState,
  evolve: (state, { id }) => (id === 2 ? (undefined as never) : { ids: [...state.ids, id] }),
})
const forgetfulLater = defineProjection<State, Letter>({
  name: 'forgetful',
  initialState,
  evolve: async (state, { id }) => (id === 2 ? (undefined as never) : { ids: [...state.ids, id] }),
})

/** Changes the state, or the event, in place. */
const careless = (what: 'state' | 'event') =>
  defineProjection<State, Letter>({
    name: 'careless',
    initialState,
    evolve(state, event) {
      if (event.id === 2 && what === 'state') state.ids.push(2)
      if (event.id === 2 && what === 'event') (event as { payload: unknown }).payload = 0
      return { ids: [...state.ids, event.id] }
    },
  })

describe('a handler that returns undefined', () => {
  it.each<[string, Observable<OneOrMany<LogEvent>>]>([
    ['in a page', of([a, b, c])],
    ['one at a time', of(a, b, c)],
  ])('is a HandlerError of that event, %s', (_, source) => {
    const { values, error } = record(source.pipe(scanProjection(forgetful)))
    expect(values).toStrictEqual([{ offset: 1, state: { ids: [1] }, events: 1 }])
    expect(error).toBeInstanceOf(HandlerError)
    expect(error).toMatchObject({ event: b, projection: 'forgetful' })
    expect((error as Error).message).toContain('returned undefined instead of the next state')
  })

  it('is an error also if it returns it later, and in evolve and replay', async () => {
    await expect(replay(forgetfulLater, { offset: 0, state: initialState() }, [a, b])).rejects.toThrow(HandlerError)
    expect(() => replay(forgetful, { offset: 0, state: initialState() }, [a, b])).toThrow(HandlerError)
    expect(() => evolve(forgetful, { offset: 1, state: initialState() }, b)).toThrow(HandlerError)
  })
})

describe('with freeze, a handler that changes its arguments', () => {
  it.each(['state', 'event'] as const)('fails with a HandlerError for that event: the %s', (what) => {
    const event = structuredClone(b)
    for (const source of [of([a, event]), of(a, event)] as Observable<OneOrMany<LogEvent>>[]) {
      const { values, error } = record(source.pipe(scanProjection(careless(what), undefined, { freeze: true })))
      expect(values).toStrictEqual([{ offset: 1, state: { ids: [1] }, events: 1 }])
      expect(error).toMatchObject({ name: 'HandlerError', event, cause: { name: 'TypeError' } })
    }
  })

  it('also for the state that the fold began with', () => {
    const from = { offset: 1, state: { ids: [1] } }
    const { error } = record(of(structuredClone(b)).pipe(scanProjection(careless('state'), from, { freeze: true })))
    expect(error).toMatchObject({ name: 'HandlerError' })
    expect(from.state.ids).toEqual([1])
  })

  it('is not noticed without freeze', () => {
    const { error } = record(of(a, structuredClone(b)).pipe(scanProjection(careless('state'))))
    expect(error).toBeUndefined()
  })
})
