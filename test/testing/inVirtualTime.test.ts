import { defineProjection, defineProjector, memory, startProjection, startProjector } from 'rx-projection'
import { batchesOf, eventsOf, inVirtualTime, marbles, statesOf } from 'rx-projection/testing'
import { exhaustMap, Subject } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { describe, expect, it } from 'vitest'

type Spelled = { type: 'Spelled'; payload: string }
const word = defineProjection<string, Spelled>({
  name: 'word',
  initialState: () => '',
  on: { Spelled: (state, { payload }) => `${state}${payload}` },
})
const events = eventsOf(word, {
  a: { type: 'Spelled', payload: 'a' },
  b: { type: 'Spelled', payload: 'b' },
  c: { type: 'Spelled', payload: 'c' },
  d: { type: 'Spelled', payload: 'd' },
})
const values = { ...events, ...batchesOf(events, { x: 'bc', y: 'ab', z: 'cd' }) }
const states = { o: '', ...statesOf(word, values) }
const statuses = { h: 'hydrating', c: 'catching-up', l: 'live', r: 'retrying', s: 'stopped', f: 'faulted' } as const

describe('a projection in virtual time', () => {
  it(
    'is hydrated, goes on event by event and batch by batch, saves, and stops at the end of its log',
    marbles((m) => {
      const log = '      --a----x---d----|'
      const durable = '  -----a----x---d-|'
      const expected = ' o-a----x---d----|'
      const projection = startProjection(word, { ...inVirtualTime(m.scheduler, log, values), snapshotAfter: 3 })
      m.expect(projection.snapshot$).toBeObservable(durable, {
        a: { offset: 1, state: 'a' },
        x: { offset: 3, state: 'abc' },
        d: { offset: 4, state: 'abcd' },
      })
      m.expect(projection.state$).toBeObservable(expected, states)
    }),
  )

  it(
    'finds in its log what stands before ^',
    marbles((m) => {
      const log = '  ab-^-----z--------|'
      const expected = '(oy)--z--------|'
      const projection = startProjection(word, inVirtualTime(m.scheduler, log, values))
      m.expect(projection.state$).toBeObservable(expected, states)
    }),
  )

  it(
    'fails, waits, hydrates and goes on: its whole life in one diagram',
    marbles((m) => {
      // The handler fails when it first sees c. It was saved behind b; c and d come as one page after the wait.
      const log = '       --a--b--c--d--------|'
      const status = '    (hcl)---r----(hcl)--(s|)'
      const saving = '    -----b-------d------|'
      const failing = '   --------c------------'
      const expected = '  o-a--b-------d------|'
      let failures = 0
      const failed = new Subject<string>()
      const fails = defineProjection<string, Spelled>({
        name: 'fails',
        initialState: () => '',
        on: {
          Spelled: (state, { payload }) => {
            if (payload === 'c' && failures++ === 0) throw new Error('c is too much')
            return `${state}${payload}`
          },
        },
      })
      const projection = startProjection(fails, {
        ...inVirtualTime(m.scheduler, log, values),
        snapshotEvery: 2,
        retry: { delay: 5, entropy: 500 },
        onError: (_, { event }) => failed.next(String(event?.payload)),
      })
      m.expect(failed).toBeObservable(failing)
      m.expect(projection.status$).toBeObservable(status, statuses)
      m.expect(projection.snapshot$).toBeObservable(saving, {
        b: { offset: 2, state: 'ab' },
        d: { offset: 4, state: 'abcd' },
      })
      m.expect(projection.state$).toBeObservable(expected, states)
    }),
  )

  it(
    'goes on with the store of an earlier run: from its last snapshot',
    marbles((m) => {
      const firstLog = '  -a--b-|            '
      const first = '     oa--b-|            '
      const secondLog = ' -----------c--d---|'
      const begin = '     ----------s        '
      const unsub = '     ^-----------------!'
      const second = '    ----------bc--d----'
      const earlier = inVirtualTime(m.scheduler, firstLog, values)
      const later = inVirtualTime(m.scheduler, secondLog, values, earlier.store)
      const later$ = m.cold(begin).pipe(exhaustMap(() => startProjection(word, later).state$))
      m.expect(startProjection(word, earlier).state$).toBeObservable(first, states)
      m.expect(later$, unsub).toBeObservable(second, states)
    }),
  )

  it(
    'shares its time and its store with whatever else is started with the same options',
    marbles((m) => {
      const log = '     --a----(bc)--|'
      const handling = '--a----(bc)--'
      const expected = 'o-a----(bc)--|'
      const handled = new Subject<string>()
      const mailer = defineProjector<Spelled>({ name: 'mailer', process: ({ payload }) => handled.next(payload) })
      const options = inVirtualTime(m.scheduler, log, values)
      m.expect(handled).toBeObservable(handling)
      m.expect(startProjection(word, options).state$).toBeObservable(expected, states)
      m.expect(startProjector(mailer, options).position$).toBeObservable(expected, { o: 0, a: 1, b: 2, c: 3 })
    }),
  )

  it('works under a plain TestScheduler', () => {
    const scheduler = new TestScheduler((actual, expected) => expect(actual).toStrictEqual(expected))
    scheduler.run(({ expectObservable }) => {
      const { state$ } = startProjection(word, inVirtualTime(scheduler, '--a--x--|', values))
      expectObservable(state$).toBe('o-a--x--|', states)
    })
  })

  it(
    'records its events at virtual times',
    marbles((m) => {
      const { store } = inVirtualTime(m.scheduler, 'a-^--b-|', values)
      m.flush()
      expect(store.events.read({ after: 0, limit: 9 })).toMatchObject({
        events: [{ recordedAt: '1970-01-01T00:00:00.000Z' }, { recordedAt: '1970-01-01T00:00:00.003Z' }],
      })
    }),
  )

  it('keeps the stream, the time and the metadata that a letter has', () => {
    const scheduler = new TestScheduler(() => undefined)
    const given = { stream: 's', recordedAt: '2026-05-04T10:00:00.000Z', metadata: { user: 'anna' } }
    const { store } = inVirtualTime(scheduler, 'a|', { a: { ...events.a, ...given } })
    scheduler.flush()
    expect(store.events.read({ after: 0, limit: 9 })).toMatchObject({ events: [given] })
  })

  it('lets what was scheduled before time runs be taken back', () => {
    const scheduler = new TestScheduler(() => undefined)
    const { scheduler: clock } = inVirtualTime(scheduler, '|', {})
    const ran: string[] = []
    clock.schedule(() => ran.push('taken back'), 5).unsubscribe()
    clock.schedule(() => ran.push('stays'), 5)
    scheduler.flush()
    expect(ran).toEqual(['stays'])
  })

  it.each(['--a--', '--a--#', ''])('refuses the diagram %j, since a projection never ends', (log) => {
    const scheduler = new TestScheduler(() => undefined)
    expect(() => inVirtualTime(scheduler, log, values)).toThrow(TypeError)
  })

  it('refuses letters out of the order of their positions', () => {
    const scheduler = new TestScheduler(() => undefined)
    inVirtualTime(scheduler, 'a-c|', values)
    expect(() => scheduler.flush()).toThrow('the event Spelled is to be at position 3, and is appended at 2')
  })

  it('refuses a store that answers with promises', () => {
    const scheduler = new TestScheduler(() => undefined)
    const store = memory()
    const slow = { ...store, events: { ...store.events, read: async () => store.events.read({ after: 0, limit: 1 }) } }
    inVirtualTime(scheduler, 'a|', values, slow)
    expect(() => scheduler.flush()).toThrow(TypeError)
  })
})
