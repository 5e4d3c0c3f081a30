import { hydrate, retryWithJitter, type Snapshot } from 'rx-projection/operators'
import { marbles } from 'rx-projection/testing'
import { EMPTY, NEVER, type Observable, of, take } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { checklist } from '../support/checklist.ts'
import { controlled } from '../support/controlled.ts'
import { record } from '../support/record.ts'

const letters = { a: 'a', b: 'b', c: 'c' }
const loads: Readonly<Record<string, () => number | Observable<number>>> = {
  'a value': () => 5,
  'an observable': () => of(5),
}

for (const [name, load] of Object.entries(loads)) {
  checklist<string, string>({
    name: `hydrate from ${name}`,
    make: () => (source$) => hydrate(load, () => source$),
    input: letters,
    output: letters,
    callbacks: {
      load: (throwing) => ({
        operator: (source$) => hydrate(throwing, () => source$),
        source: '    a',
        subscribed: '',
        expected: '  #',
      }),
      project: (throwing) => ({
        operator: () => hydrate(load, throwing),
        source: '    a',
        subscribed: '',
        expected: '  #',
      }),
    },
  })
}

function fail(): never {
  throw new Error('no project')
}

describe('hydrate', () => {
  it(
    'loads, then continues with the observable for the first value',
    marbles((m) => {
      const loading = m.cold('--sx-|')
      const source = m.cold('--a--b--c--|')
      const loadSubs = '      ^-!'
      const subs = '          --^----------!'
      const expected = '      ----a--b--c--|'
      const starts: string[] = []
      const project = (...args: readonly [string]) => {
        starts.push(...args)
        return source
      }
      m.expect(hydrate(() => loading, project)).toBeObservable(expected)
      m.expect(loading).toHaveSubscriptions(loadSubs)
      m.expect(source).toHaveSubscriptions(subs)
      m.flush()
      expect(starts).toEqual(['s'])
    }),
  )

  it(
    'loads at each subscription: a retry continues from the last saved state',
    marbles((m) => {
      let durable = 0
      const log = (after: number) => m.cold(['', 'abc#', 'bc#', 'c'][after + 1] ?? '')
      const out$ = hydrate(
        () => durable++,
        (after) => log(after),
      ).pipe(retryWithJitter({ delay: 2, entropy: 0 }))
      m.expect(out$, '^-------------!').toBeObservable('abc--bc--c')
    }),
  )

  it(
    'ends the running part when it is unsubscribed: the loading, or the projected observable',
    marbles((m) => {
      const loading = m.cold('--s|')
      const source = m.cold(' --a--b--c--|')
      const out$ = hydrate(
        () => loading,
        () => source,
      )
      m.expect(out$, '^!').toBeObservable('')
      m.expect(out$, '^----!').toBeObservable('----a')
      m.expect(loading).toHaveSubscriptions(['^!', '^-!'])
      m.expect(source).toHaveSubscriptions('--^--!')
    }),
  )

  it(
    'passes on an error of the loading',
    marbles((m) => {
      m.expect(
        hydrate(
          () => m.cold('--#'),
          () => NEVER,
        ),
      ).toBeObservable('--#')
    }),
  )

  describe('with emitLoaded', () => {
    const snapshot: Snapshot<string> = { offset: 2, state: 'ab' }

    it(
      'emits the loaded value, then the projected ones; at each subscription',
      marbles((m) => {
        const out$ = hydrate(
          () => m.cold('--s|'),
          () => m.cold('-a#'),
          { emitLoaded: true },
        ).pipe(retryWithJitter({ delay: 2, entropy: 0 }, () => 0, m.scheduler))
        m.expect(out$, '^---------!').toBeObservable('--sa----sa')
      }),
    )

    it('adds to a snapshot that no event was folded for it, and does not change the loaded one', () => {
      const marked = { ...snapshot, mark: { position: 2, stream: 's' } }
      const starts: unknown[] = []
      const { values } = record(
        hydrate(
          () => marked,
          (start) => {
            starts.push(start)
            return EMPTY
          },
          { emitLoaded: true },
        ),
      )
      expect(values).toEqual([{ ...marked, events: 0 }])
      expect(starts[0]).toBe(marked)
      expect(marked).not.toHaveProperty('events')
    })

    it.each([0, 7, 'here', undefined, null, { offset: 5 }])(
      'emits a start that is not a snapshot unchanged: %s',
      (start) => {
        const { values } = record(
          hydrate(
            () => start,
            () => EMPTY,
            { emitLoaded: true },
          ),
        )
        expect(values).toEqual([start])
      },
    )

    it.each([
      ['a value', () => snapshot],
      ['a promise', () => Promise.resolve(snapshot)],
      ['an observable', () => of(snapshot)],
    ])('stops when the subscriber unsubscribes: from %s', async (_, load) => {
      let projected = 0
      const project = () => {
        projected++
        return EMPTY
      }
      const { values } = record(hydrate<Snapshot<string>, never>(load, project, { emitLoaded: true }).pipe(take(1)))
      await Promise.resolve()
      expect([values, projected]).toEqual([[{ ...snapshot, events: 0 }], 0])
    })

    it('errors if reading the start throws', () => {
      const { proxy, revoke } = Proxy.revocable({}, {})
      revoke()
      const recorded = record(
        hydrate(
          () => of(proxy),
          () => EMPTY,
          { emitLoaded: true },
        ),
      )
      expect(recorded.error).toBeInstanceOf(TypeError)
    })
  })

  it('errors if the loading completes without a value', () => {
    const { error } = record(
      hydrate(
        () => EMPTY,
        () => NEVER,
      ),
    )
    expect(error).toMatchObject({ name: 'EmptyError' })
  })

  it('waits for a promise, and errors if it rejects', async () => {
    const load = controlled<[], number>()
    const out$ = hydrate(load, (start) => of(start + 1))
    const good = record(out$)
    const bad = record(out$)
    const left = record(out$)
    left.subscription.unsubscribe()
    await load.calls[0]?.resolve(5)
    await load.calls[1]?.reject('no store')
    await load.calls[2]?.resolve(5)
    expect(good).toMatchObject({ values: [6], completed: true })
    expect(bad).toMatchObject({ values: [], error: 'no store' })
    expect(left).toMatchObject({ values: [], completed: false })
  })

  it.each([
    ['throws', () => fail()],
    ['gives no observable', () => 5 as never],
  ])('errors if project %s after a promise', async (_, project) => {
    const recorded = record(hydrate(() => Promise.resolve(5), project))
    await Promise.resolve()
    expect(recorded).toMatchObject({ failed: true, error: { name: expect.stringMatching(/Error$/) } })
  })

  it.each<[from: string, load: () => number | Promise<number> | Observable<number>]>([
    ['a value', () => 5],
    ['a promise', () => Promise.resolve(5)],
    ['an observable', () => of(5)],
  ])('hands the start over and nothing beside it: from %s', async (_, load) => {
    const args: unknown[] = []
    record(
      hydrate(load, (...given) => {
        args.push(...given)
        return EMPTY
      }),
    )
    await Promise.resolve()
    expect(args).toEqual([5])
  })

  it('is synchronous if the start is a value, even undefined', () => {
    expect(
      record(
        hydrate(
          () => undefined,
          (start) => of(start, 'next'),
        ),
      ).values,
    ).toEqual([undefined, 'next'])
  })

  it.each([
    ['load', () => hydrate(5 as never, () => EMPTY)],
    ['project', () => hydrate(() => 5, EMPTY as never)],
    ['options', () => hydrate(() => 5, fail, null as never)],
    ['emitLoaded', () => hydrate(() => 5, fail, { emitLoaded: 1 as never })],
  ])('names the wrong argument %s when it is called', (argument, call) => {
    expect(call).toThrow(TypeError)
    expect(call).toThrow(new RegExp(`^${argument} must be`))
  })
})
