import {
  type AsyncProjection,
  defineProjection,
  type EventType,
  evolve,
  HandlerError,
  initialSnapshot,
  replay,
  StaleEventError,
  UnknownEventError,
} from 'rx-projection/operators'
import { eventsOf } from 'rx-projection/testing'
import { describe, expect, it } from 'vitest'
import { controlled } from '../../support/controlled.ts'
import { word } from '../../support/word.ts'

const events = eventsOf('abcdef', { f: { type: 'unknown' } })
const { a, b, c, d, f } = events
const cause = new Error('c is too much')
const spell = (state: string, { payload }: EventType): string => `${state}${payload}`
const picky = defineProjection<string, EventType>({
  name: 'picky',
  initialState: () => '',
  ignore: ['d'],
  on: {
    a: spell,
    b: spell,
    c: () => {
      throw cause
    },
  },
})

describe('evolve', () => {
  it('folds one event into a snapshot, without changing the original', () => {
    const before = Object.freeze({ offset: 1, state: 'a' })
    expect(evolve(word, before, b)).toEqual({ offset: 2, state: 'ab', events: 1 })
    expect(before).toEqual({ offset: 1, state: 'a' })
  })

  it('moves over an ignored event, and counts nothing', () => {
    expect(evolve(picky, { offset: 2, state: 'ab' }, d)).toEqual({ offset: 4, state: 'ab', events: 0 })
  })

  it('throws a HandlerError, an UnknownEventError or a StaleEventError', () => {
    const before = initialSnapshot(picky)
    expect(() => evolve(picky, before, c)).toThrow(new HandlerError({ event: c, projection: 'picky', cause }))
    expect(() => evolve(picky, before, f)).toThrow(new UnknownEventError(f, 'picky'))
    expect(() => evolve(picky, { offset: 1, state: '' }, a)).toThrow(new StaleEventError(a, 1))
  })

  it('if not strict, reports an event that it does not know', () => {
    const ignored: unknown[] = []
    const options = { strict: false, onIgnored: (event: unknown) => ignored.push(event) }
    expect(evolve(picky, initialSnapshot(picky), f, options)).toEqual({ offset: 6, state: '', events: 0 })
    expect(evolve(picky, initialSnapshot(picky), f, { strict: false }).offset).toBe(6)
    expect(ignored).toEqual([f])
  })
})

describe('replay', () => {
  it('folds events into a snapshot, in order', () => {
    expect(replay(word, { offset: 1, state: 'a' }, [b, c, d])).toEqual({ offset: 4, state: 'abcd', events: 3 })
  })

  it('of no events returns the start', () => {
    expect(replay(word, { offset: 1, state: 'a' }, [])).toEqual({ offset: 1, state: 'a', events: 0 })
  })

  it('throws at the event that cannot be folded', () => {
    const before = initialSnapshot(picky)
    expect(() => replay(picky, before, [a, b, c])).toThrow(new HandlerError({ event: c, projection: 'picky', cause }))
    expect(() => replay(picky, before, [a, f])).toThrow(new UnknownEventError(f, 'picky'))
    expect(() => replay(picky, before, [a, b, a])).toThrow(new StaleEventError(a, 2))
  })

  it('counts folded events, not ignored ones', () => {
    expect(replay(picky, initialSnapshot(picky), [a, b, d])).toEqual({ offset: 4, state: 'ab', events: 2 })
  })
})

describe('the kernels of an asynchronous projection', () => {
  const slow = () => {
    const handler = controlled<[state: string], string>()
    const projection: AsyncProjection<string> = defineProjection<string, EventType>({
      name: 'slow',
      initialState: () => '',
      evolve: (state, event) => (event.type === 'd' ? spell(state, event) : handler(state)),
    })
    return { projection, calls: handler.calls }
  }

  it('return a promise if a handler does', async () => {
    const { projection, calls } = slow()
    const evolved = evolve(projection, initialSnapshot(projection), a)
    expect(evolved).toBeInstanceOf(Promise)
    calls[0]?.resolve('A')
    expect(await evolved).toEqual({ offset: 1, state: 'A', events: 1 })
  })

  it('return a value if no handler waits', () => {
    const { projection } = slow()
    expect(evolve(projection, initialSnapshot(projection), d)).toEqual({ offset: 4, state: 'd', events: 1 })
    expect(replay(projection, initialSnapshot(projection), [d])).toEqual({ offset: 4, state: 'd', events: 1 })
  })

  it('wait for one handler after the other', async () => {
    const { projection, calls } = slow()
    const replayed = replay(projection, initialSnapshot(projection), [a, b, d])
    expect(calls.map(({ args }) => args)).toEqual([['']])
    await calls[0]?.resolve('A')
    expect(calls.map(({ args }) => args)).toEqual([[''], ['A']])
    await calls[1]?.resolve('AB')
    expect(await replayed).toEqual({ offset: 4, state: 'ABd', events: 3 })
  })

  it('reject with a HandlerError', async () => {
    const { projection, calls } = slow()
    const evolved = evolve(projection, initialSnapshot(projection), a)
    const replayed = replay(projection, initialSnapshot(projection), [a, b])
    const outcomes = Promise.allSettled([evolved, replayed])
    await calls[0]?.reject(cause)
    await calls[1]?.reject(cause)
    expect(await outcomes).toMatchObject([{ reason: { name: 'HandlerError', cause } }, { reason: { event: a } }])
  })

  it('treat anything with a then as a promise', async () => {
    const thenable = defineProjection<string, EventType>({
      name: 'thenable',
      initialState: () => '',
      // biome-ignore lint/suspicious/noThenProperty: what is tested
      evolve: () => ({ then: (resolve: (state: string) => void) => resolve('later') }) as unknown as Promise<string>,
    })
    expect(await replay(thenable, initialSnapshot(thenable), [a, b])).toEqual({ offset: 2, state: 'later', events: 2 })
  })
})
