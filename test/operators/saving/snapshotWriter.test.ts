import { snapshotAfter, snapshotEvery, snapshotWriter } from 'rx-projection/operators'
import { marbles } from 'rx-projection/testing'
import { config, NEVER, Subject, VirtualTimeScheduler } from 'rxjs'
import { afterEach, describe, expect, it } from 'vitest'
import { record } from '../../support/record.ts'
import { type Projected, savings, snapshotAt, snapshots } from '../../support/savings.ts'

const { a, b, c } = snapshots
const nothing = (): void => undefined

afterEach(() => {
  config.onUnhandledError = null
})

describe('a snapshotWriter', () => {
  it(
    'is shared by two operators: a save by one counts for both',
    marbles((m) => {
      const { save, began$ } = savings(m)
      const writer = snapshotWriter(save)
      const source = m.cold('-a-b----c------d-e---|', snapshots)
      const saves = '        ---b---------c---e----'
      const expected = '     -a-b----c------d-e---|'
      m.expect(began$).toBeObservable(saves, snapshots)
      m.expect(source.pipe(snapshotEvery(2, writer), snapshotAfter(5, writer))).toBeObservable(expected, snapshots)
    }),
  )

  it(
    'has one save in flight for all operators that share it',
    marbles((m) => {
      const { save, began$ } = savings(m, '-------|')
      const writer = snapshotWriter(save)
      const source = m.cold('-a-b-c------------', snapshots)
      const saves = '        ---b------c-------'
      const expected = '     -a-b-c------------'
      m.expect(began$).toBeObservable(saves, snapshots)
      m.expect(source.pipe(snapshotAfter(4, writer), snapshotEvery(2, writer))).toBeObservable(expected, snapshots)
    }),
  )

  it(
    'emits each snapshot in saved$ after it is saved',
    marbles((m) => {
      const { save, onError } = savings(m, '---|', '-#', '|')
      const writer = snapshotWriter(save, { onError })
      const source = m.cold('-a-----b--c---|', snapshots)
      const saved = '        ----a-----c----'
      const expected = '     -a-----b--c---|'
      m.expect(writer.saved$).toBeObservable(saved, snapshots)
      m.expect(source.pipe(snapshotEvery(1, writer))).toBeObservable(expected, snapshots)
    }),
  )

  it(
    'makes a new run wait for the save of the old one',
    marbles((m) => {
      const { save, began$ } = savings(m, '------|')
      const writer = snapshotWriter(save)
      const out$ = m.cold('-ab-------', snapshots).pipe(snapshotEvery(1, writer))
      const first = '         ^--!'
      const second = '        ---^---------'
      const saves = '         -a-----b-----'
      m.expect(began$).toBeObservable(saves, snapshots)
      m.expect(out$, first).toBeObservable('-ab', snapshots)
      m.expect(out$, second).toBeObservable('----ab-------', snapshots)
    }),
  )

  it(
    'remembers in a new run the snapshot that the old one saved',
    marbles((m) => {
      const { save, began$ } = savings(m)
      const writer = snapshotWriter(save)
      const out$ = m.cold('-ab-c------', snapshots).pipe(snapshotEvery(2, writer), snapshotAfter(2, writer))
      const first = '         ^---!'
      const second = '        -----^------'
      const saves = '         --b------c--'
      m.expect(began$).toBeObservable(saves, snapshots)
      m.expect(out$, first).toBeObservable('-ab-', snapshots)
      m.expect(out$, second).toBeObservable('------ab-c--', snapshots)
    }),
  )

  describe('onError', () => {
    const noRoom = new Error('no room')
    const fail = () => {
      throw noRoom
    }

    it('of the writer receives each failed save, that of an operator the saves that it began', () => {
      const told: unknown[] = []
      const clock = new VirtualTimeScheduler()
      const source$ = new Subject<Projected>()
      const writer = snapshotWriter<string>(fail, { onError: (...failure) => told.push('writer', ...failure) })
      record(
        source$.pipe(
          snapshotEvery(2, writer, { onError: (error) => told.push('every', error) }),
          snapshotAfter(5, writer, { onError: (error) => told.push('after', error) }, clock),
        ),
      )
      source$.next(a)
      clock.maxFrames = 5
      clock.flush()
      expect(told).toEqual(['writer', noRoom, a, 'after', noRoom])
      told.length = 0
      source$.next(b)
      expect(told).toEqual(['writer', noRoom, b, 'every', noRoom])
    })

    it(
      'of the writer that throws goes where RxJS reports unhandled errors, and everything continues',
      marbles((m) => {
        const unhandled: unknown[] = []
        config.onUnhandledError = (error) => unhandled.push(error)
        const writer = snapshotWriter<string>(fail, {
          onError: () => {
            throw new Error('of onError')
          },
        })
        m.expect(m.cold('-a-b|', snapshots).pipe(snapshotEvery(2, writer))).toBeObservable('-a-b|', snapshots)
        m.flush()
        expect(unhandled).toEqual([new Error('of onError'), new Error('of onError')])
      }),
    )
  })

  it('lets only one of two operators that complete with the same snapshot retry a failed last save', () => {
    const tried: number[] = []
    const onError = (): void => undefined
    const writer = snapshotWriter<string>(
      ({ offset }) => {
        tried.push(offset)
        throw new Error('no room')
      },
      { onError },
    )
    const source$ = new Subject<Projected>()
    const recorded = record(source$.pipe(snapshotEvery(5, writer), snapshotAfter(5, writer)))
    source$.next(a)
    source$.complete()
    expect([tried, recorded.completed]).toEqual([[1], true])
  })

  it('measures in real time how long a save takes', () => {
    const durations: number[] = []
    const restFor = (duration: number) => {
      durations.push(duration)
      return 0
    }
    const source$ = new Subject<Projected>()
    record(source$.pipe(snapshotEvery(1, snapshotWriter<string>(nothing, { restFor }))))
    source$.next(a)
    expect(durations).toHaveLength(1)
    expect(durations[0]).toBeGreaterThanOrEqual(0)
  })

  it('never completes saved$, however the operators that share it end', () => {
    const writer = snapshotWriter<string>(nothing)
    const saved = record(writer.saved$)
    const source$ = new Subject<Projected>()
    record(source$.pipe(snapshotEvery(1, writer)))
    source$.next(a)
    source$.complete()
    record(NEVER.pipe(snapshotEvery(1, writer))).subscription.unsubscribe()
    expect(saved).toMatchObject({ values: [a], completed: false, failed: false })
  })

  it.each([
    ['save', () => snapshotWriter(undefined as never)],
    ['options', () => snapshotWriter(nothing, null as never)],
    ['onError', () => snapshotWriter(nothing, { onError: 5 as never })],
    ['restFor', () => snapshotWriter(nothing, { restFor: 5 as never })],
    ['restAfterFailure', () => snapshotWriter(nothing, { restAfterFailure: 5 as never })],
  ])('names the wrong argument %s when it is created', (argument, call) => {
    expect(call).toThrow(TypeError)
    expect(call).toThrow(new RegExp(`^${argument} must be`))
  })

  it('saves no snapshot twice if two operators complete with the same one', () => {
    const saved: number[] = []
    const writer = snapshotWriter<string>(({ offset }) => saved.push(offset))
    const source$ = new Subject<Projected>()
    record(source$.pipe(snapshotEvery(5, writer), snapshotAfter(5, writer)))
    for (const snapshot of [a, c, snapshotAt(7)]) source$.next(snapshot)
    source$.complete()
    expect(saved).toEqual([7])
  })
})
