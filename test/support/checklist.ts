import { eventsOf, marbles, type TestObservable } from 'rx-projection/testing'
import { finalize, Observable, type OperatorFunction, retry, Subject, take, tap } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { record } from './record.ts'

type Letter = 'a' | 'b' | 'c'

/** An operator, and what the checklist has to know of it. */
export interface Checked<In, Out> {
  readonly name: string
  /** Makes it anew. */
  readonly make: () => OperatorFunction<In, Out>
  /** What goes in, and what comes out for it, under the same letters. */
  readonly input: Readonly<Record<Letter, In>>
  readonly output: Readonly<Record<Letter, Out>>
  /** What goes in so that the last of it is followed by many outputs at once. Absent: there is no such thing. */
  readonly crowd?: readonly In[]
  /** What goes in n-th; absent: it makes no difference what goes in. */
  readonly nth?: (n: number) => In
  /** For each callback: the operator with it, where it is called, and what comes out when it throws. */
  readonly callbacks?: Readonly<Record<string, (callback: () => never) => Throwing<In, Out>>>
  /** What else is true when a test has ended: nothing is left behind. */
  readonly after?: () => void
}

/** A callback that throws: from where on, and what comes out until then. */
export interface Throwing<In, Out> {
  readonly operator: OperatorFunction<In, Out>
  readonly source: string
  /** When it subscribes to the source; empty: not at all. */
  readonly subscribed: string
  readonly expected: string
  /** What goes in, where it is not as usual. */
  readonly input?: Readonly<Record<Letter, In>>
}

/** What is true for every operator: what goes in, goes out, at its time, and nothing is left behind. */
export function checklist<In, Out>(checked: Checked<In, Out>): void {
  describe(`${checked.name}, by the checklist of all operators`, () => {
    diagrams(checked)
    describe('the traps of RxJS', () => traps(checked))
    if (checked.callbacks !== undefined) throwing(checked, checked.callbacks)
  })
}

function diagrams<In, Out>({ make, input, output }: Checked<In, Out>): void {
  const behaves = (source: string, subscribed: string, expected: string, until?: string) =>
    marbles((m) => {
      const source$ = m.cold(source, input)
      m.expect(source$.pipe(make()), until).toBeObservable(expected, output)
      m.expect(source$).toHaveSubscriptions(subscribed)
    })

  it('never: says nothing while the source says nothing', behaves('----', '^---', '----'))
  it('empty: completes with the source', behaves('--|', '^-!', '--|'))
  it('one: comes out when it goes in', behaves('-a-|', '^--!', '-a-|'))
  it('many: come out when they go in, also in one frame', behaves('-a-(bc)--|', '^--------!', '-a-(bc)--|'))
  it('all at once: comes out in the frame that it goes in', behaves('(abc|)', '(^!)', '(abc|)'))
  it('error: passes on at once', behaves('-a-b#', '^---!', '-a-b#'))
  it('nothing but an error: passes on', behaves('#', '(^!)', '#'))
  it('endless: stays subscribed', behaves('-a-b-c---', '^--------', '-a-b-c---'))
  it('early unsubscription: leaves the source at once', behaves('-a-b-c--|', '^---!', '-a-b-', '^---!'))
  it('unsubscription before anything came: leaves the source', behaves('-----a|', '^--!', '---', '^--!'))

  it(
    'second subscription: begins anew, while the first goes on',
    marbles((m) => {
      const source$ = m.cold('-a-b-c-|', input)
      const out$ = source$.pipe(make())
      m.expect(out$, '^         ').toBeObservable('-a-b-c-|   ', output)
      m.expect(out$, '---^      ').toBeObservable('----a-b-c-|', output)
      m.expect(source$).toHaveSubscriptions(['^------!', '---^------!'])
    }),
  )

  it(
    'hot source: passes what comes while it is subscribed',
    marbles((m) => {
      const source$ = m.hot('-a-b-^--a-b--|', input)
      m.expect(source$.pipe(make())).toBeObservable('---a-b--|', output)
      m.expect(source$).toHaveSubscriptions('^-------!')
    }),
  )
}

function traps<In, Out>({ make, input, output, crowd, nth = () => input.a }: Checked<In, Out>): void {
  it('2: a synchronous source without end stops under take(1)', () => {
    let given = 0
    const firehose$ = new Observable<In>((subscriber) => {
      while (!subscriber.closed && given < 1_000) subscriber.next(nth(++given))
      subscriber.complete()
    })
    const { values, completed } = record(firehose$.pipe(make(), take(1)))
    expect({ given, values: values.length, completed }).toEqual({ given: 1, values: 1, completed: true })
  })

  if (crowd !== undefined) {
    it('3: many outputs of one input stop under take(1)', () => {
      let outputs = 0
      const source$ = new Subject<In>()
      record(source$.pipe(make(), tap({ next: () => outputs++ }), take(1)))
      for (const item of crowd) source$.next(item)
      expect({ outputs, observed: source$.observed }).toEqual({ outputs: 1, observed: false })
    })
  }

  it('4: what is fed in while something comes out follows it, once', () => {
    const source$ = new Subject<In>()
    const values: Out[] = []
    source$.pipe(make()).subscribe((value) => {
      values.push(value)
      if (values.length === 1) source$.next(input.b)
      if (values.length === 2) source$.next(input.c)
    })
    source$.next(input.a)
    expect(values).toStrictEqual([output.a, output.b, output.c])
  })

  it('4: a completion that is fed in while something comes out follows it', () => {
    const source$ = new Subject<In>()
    const order: unknown[] = []
    source$.pipe(make()).subscribe({
      next: (value) => {
        order.push(value)
        source$.complete()
      },
      complete: () => order.push('complete'),
    })
    source$.next(input.a)
    expect(order).toStrictEqual([output.a, 'complete'])
  })

  it('5: completion comes before teardown', () => {
    const order: string[] = []
    const source$ = new Subject<In>()
    source$
      .pipe(
        finalize(() => order.push('teardown')),
        make(),
      )
      .subscribe({ complete: () => order.push('complete') })
    source$.next(input.a)
    source$.complete()
    expect(order).toEqual(['complete', 'teardown'])
  })

  it('5: an error comes before teardown', () => {
    const order: string[] = []
    const source$ = new Subject<In>()
    source$
      .pipe(
        finalize(() => order.push('teardown')),
        make(),
      )
      .subscribe({ error: () => order.push('error') })
    source$.error(new Error('of the source'))
    expect(order).toEqual(['error', 'teardown'])
  })

  it.each(['complete', 'error'] as const)(
    '5: nothing comes after the end, whatever a source says after its %s',
    (end) => {
      const rogue$ = new Observable<In>((subscriber) => {
        subscriber.next(input.a)
        subscriber[end](new Error('of the source'))
        subscriber.next(input.b)
        subscriber.error(new Error('after the end'))
        subscriber.complete()
      })
      const { values, completed, failed, error } = record(rogue$.pipe(make()))
      expect({ values, completed, failed }).toStrictEqual({
        values: [output.a],
        completed: end === 'complete',
        failed: end === 'error',
      })
      expect(error).toEqual(end === 'error' ? new Error('of the source') : undefined)
    },
  )

  it(
    '6: a retry begins anew',
    marbles((m) => {
      const source$ = m.cold('-a-b-#', input)
      m.expect(source$.pipe(make(), retry(1))).toBeObservable('-a-b--a-b-#', output)
      m.expect(source$).toHaveSubscriptions(['^----!', '-----^----!'])
    }),
  )

  it('7 and 8: nothing waits on the way: a value comes out before the call that brought it returns', () => {
    const source$ = new Subject<In>()
    const { values } = record(source$.pipe(make()))
    source$.next(input.a)
    expect(values).toStrictEqual([output.a])
    source$.next(input.b)
    expect(values).toStrictEqual([output.a, output.b])
  })
}

function throwing<In, Out>(
  { input, output }: Checked<In, Out>,
  callbacks: NonNullable<Checked<In, Out>['callbacks']>,
): void {
  const thrown = new Error('thrown by the callback')
  const throws = (): never => {
    throw thrown
  }
  describe.each(Object.entries(callbacks))('1: a throwing %s', (_, make) => {
    it(
      'is an error of the output, and the source is left',
      marbles((m) => {
        const { operator, source, subscribed, expected, input: values = input } = make(throws)
        const source$: TestObservable<In> = m.cold(source, values)
        m.expect(source$.pipe(operator)).toBeObservable(expected, output, thrown)
        m.expect(source$).toHaveSubscriptions(subscribed === '' ? [] : subscribed)
      }),
    )

    it('is never thrown at the producer, and nothing comes after it', () => {
      const { operator, source, input: values = input } = make(throws)
      const source$ = new Subject<In>()
      const recorded = record(source$.pipe(operator))
      for (const sign of source) {
        if (sign in values) source$.next(values[sign as Letter])
        if (sign === '#') source$.error(new Error('of the source'))
      }
      source$.complete()
      expect(recorded.error).toBe(thrown)
      expect({ completed: recorded.completed, observed: source$.observed }).toEqual({
        completed: false,
        observed: false,
      })
    })
  })
}

/** Events for operators that do not look into them. */
export const letters = eventsOf('abcdefgh')

/** An event at any position. */
export function nthEvent(id: number): (typeof letters)['a'] {
  return { ...letters.a, id }
}
