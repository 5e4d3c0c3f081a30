import { defineProjection, type EventType } from 'rx-projection/operators'
import { batchesOf, eventsOf, snapshotsOf, statesOf } from 'rx-projection/testing'
import { describe, expect, it } from 'vitest'
import { word } from '../support/word.ts'

type Spelled =
  | { type: 'Spelled'; payload: string }
  | { type: 'Cleared'; payload: null }
  | { type: 'Ignored'; payload: 0 }
const spelling = defineProjection<string, Spelled>({
  name: 'spelling',
  streams: ['words', 'others'],
  ignore: ['Ignored'],
  initialState: () => '',
  on: {
    Spelled: (state, { payload }) => {
      if (payload === '!') throw new Error('no letter')
      return `${state}${payload}`
    },
    Cleared: () => '',
  },
})

describe('eventsOf', () => {
  it('gives each letter of a word its position, with itself as type and payload', () => {
    expect(eventsOf('abz')).toStrictEqual({
      a: { id: 1, stream: 'letters', type: 'a', payload: 'a' },
      b: { id: 2, stream: 'letters', type: 'b', payload: 'b' },
      z: { id: 26, stream: 'letters', type: 'z', payload: 'z' },
    })
  })

  it('sets whatever is overridden, also to nothing', () => {
    expect(eventsOf('abX', { b: { previous: 0, payload: undefined }, X: { id: 99 } })).toStrictEqual({
      a: { id: 1, stream: 'letters', type: 'a', payload: 'a' },
      b: { id: 2, stream: 'letters', type: 'b', payload: undefined, previous: 0 },
      X: { id: 99, stream: 'letters', type: 'X', payload: 'X' },
    })
  })

  it('gives the events of a projection its first stream, and what else they are given', () => {
    const metadata = { user: 'anna' }
    const events = eventsOf(spelling, {
      b: { type: 'Spelled', payload: 'b' },
      d: { type: 'Cleared', payload: null, stream: 'others', previous: 2, revision: 7, recordedAt: 'now', metadata },
    })
    expect(events).toStrictEqual({
      b: { id: 2, stream: 'words', type: 'Spelled', payload: 'b' },
      d: {
        id: 4,
        stream: 'others',
        type: 'Cleared',
        payload: null,
        previous: 2,
        revision: 7,
        recordedAt: 'now',
        metadata,
      },
    })
    expect(eventsOf(word, { a: { type: 'any', payload: 0 } }).a.stream).toBe('letters')
  })

  it.each([
    ['a letter that is none', () => eventsOf('abC'), /only the letters a to z .* give "C" an id/],
    ['a name of several letters', () => eventsOf(word, { ab: { type: 'x', payload: 0 } }), /give "ab" an id/],
    ['an override of no letter', () => eventsOf('ab', { c: {} } as never), /"c" is none of the letters "ab"/],
    ['no event', () => eventsOf(word, { a: null } as never), /the letter a must stand for an event, not null/],
    ['an unknown field', () => eventsOf('a', { a: { previus: 0 } } as never), /the letter a: .* no field "previus"/],
  ])('refuses %s', (_, call, message) => {
    expect(call).toThrow(message)
  })
})

describe('batchesOf', () => {
  const events = eventsOf('abc')

  it('spells batches with events', () => {
    expect(batchesOf(events, { x: 'ab', y: 'c', z: '' })).toStrictEqual({
      x: [events.a, events.b],
      y: [events.c],
      z: [],
    })
  })

  it('refuses a letter that is no event', () => {
    expect(() => batchesOf(events, { x: 'ad' })).toThrow('the batch x is spelled with "d", which is no event')
    expect(() => batchesOf(events, { x: 'constructor' })).toThrow(/which is no event/)
  })
})

describe('snapshotsOf', () => {
  const events = eventsOf('abcde')

  it('folds each letter behind all of lower positions', () => {
    expect(snapshotsOf(word, events)).toStrictEqual({
      a: { offset: 1, state: 'a', events: 1 },
      b: { offset: 2, state: 'ab', events: 1 },
      c: { offset: 3, state: 'abc', events: 1 },
      d: { offset: 4, state: 'abcd', events: 1 },
      e: { offset: 5, state: 'abcde', events: 1 },
    })
  })

  it('folds batches as one, wherever they stand among the letters', () => {
    const { b, c, d } = events
    expect(snapshotsOf(word, { x: [c, d], b, a: events.a })).toStrictEqual({
      a: { offset: 1, state: 'a', events: 1 },
      b: { offset: 2, state: 'ab', events: 1 },
      x: { offset: 4, state: 'abcd', events: 2 },
    })
  })

  it('starts from a snapshot, and has none of what lies before it', () => {
    expect(snapshotsOf(word, events, { from: { offset: 3, state: 'xyz' } })).toStrictEqual({
      d: { offset: 4, state: 'xyzd', events: 1 },
      e: { offset: 5, state: 'xyzde', events: 1 },
    })
  })

  it('counts nothing for an ignored event', () => {
    const values = eventsOf(spelling, { a: { type: 'Spelled', payload: 'a' }, b: { type: 'Ignored', payload: 0 } })
    expect(snapshotsOf(spelling, values).b).toStrictEqual({ offset: 2, state: 'a', events: 0 })
  })

  it('has no snapshot of what cannot be folded, nor of what comes behind it', () => {
    const values = eventsOf(spelling, {
      a: { type: 'Spelled', payload: 'a' },
      b: { type: 'Spelled', payload: '!' },
      c: { type: 'Spelled', payload: 'c' },
    })
    expect(snapshotsOf(spelling, values)).toStrictEqual({ a: { offset: 1, state: 'a', events: 1 } })
    expect(snapshotsOf(spelling, batchesOf(values, { x: 'abc', y: 'c' }))).toStrictEqual({
      x: { offset: 1, state: 'a', events: 1 },
    })
  })

  it('has none of a message that is no event', () => {
    const values = eventsOf('abc', { b: { payload: undefined } })
    expect(Object.keys(snapshotsOf(word, values))).toEqual(['a', 'c'])
  })

  it('is as strict as it is told', () => {
    const values = { ...eventsOf('a'), ...eventsOf(spelling, { b: { type: 'Spelled', payload: 'b' } }) }
    const ignored: unknown[] = []
    const options = { strict: false, onIgnored: (event: unknown) => ignored.push(event) }
    expect(snapshotsOf(spelling, values)).toEqual({})
    expect(snapshotsOf(spelling, values, options).b).toEqual({ offset: 2, state: 'b', events: 1 })
    expect(ignored).toContain(values.a)
  })

  it('refuses handlers that return promises', () => {
    const rejects = defineProjection<string, EventType>({
      name: 'rejects',
      initialState: () => '',
      evolve: () => Promise.reject(new Error('nobody waits for this')) as never,
    })
    expect(() => snapshotsOf(rejects, events)).toThrow(/there are no promises in virtual time/)
  })
})

describe('statesOf', () => {
  it('gives the states of the snapshots', () => {
    const events = eventsOf('abc')
    expect(statesOf(word, { ...events, ...batchesOf(events, { x: 'bc' }) })).toEqual({
      a: 'a',
      b: 'ab',
      c: 'abc',
      x: 'abc',
    })
    expect(statesOf(word, events, { from: { offset: 2, state: 'xy' } })).toEqual({ c: 'xyc' })
  })
})
