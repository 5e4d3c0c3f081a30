import {
  defineProjection,
  type EventType,
  ensureSequential,
  followLog,
  hydrate,
  type LogEvent,
  lastSnapshot,
  MissedEventError,
  processEvents,
  retryWithJitter,
  type Snapshot,
  scanProjection,
  snapshotAfter,
  snapshotEvery,
  snapshotWriter,
} from 'rx-projection/operators'
import { batchesOf, eventsOf, marbles, snapshotsOf } from 'rx-projection/testing'
import { concat, defer, from, Subject } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { TestLog } from '../support/TestLog.ts'

const events = eventsOf('abcdefgh')

describe('the composed operators', () => {
  it(
    'work as the sequential projector',
    marbles((m) => {
      // The projector waits 5 + 2 frames and loads its position in 2, then it replays what is there and goes live. b comes
      // twice; d comes without c, which is an error. It waits again, and c appears; it loads, replays, and goes on.
      const live = '          ------------a--b--b----d---c--e-----------f---'
      const liveSubs = [
        '                      ---------^-------------!                      ',
        '                      --------------------------------^-------------!',
      ]
      const loading = '       -------l----------------------l---------------'
      const handling = '      ------------a--b----------------(cde)-----f---'
      const duplicates = '    ------------------b---------------------------'
      const retries = '       -----------------------r----------------------'
      const unsub = '         ^---------------------------------------------!'
      const positions = '     ------------a--b----------------(cde)-----f---'

      const log = new Set<LogEvent>()
      m.hot(live, events).subscribe((event) => log.add(event))
      const live$ = m.hot(live, events)
      const eventsAfter = (position: number) =>
        concat(
          defer(() => from([...log].filter(({ id }) => id > position).sort((one, other) => one.id - other.id))),
          live$,
        )

      const loads = new Subject<string>()
      const handled = new Subject<LogEvent>()
      const dropped = new Subject<LogEvent>()
      const retried = new Subject<string>()
      const gaps: unknown[] = []
      let stored = 0
      const load = () => {
        loads.next('l')
        return m.cold('--p|', { p: stored })
      }
      const savePosition = (position: number) => {
        stored = position
      }
      const onRetry = (error: unknown) => {
        gaps.push(error)
        retried.next('r')
      }

      const projector$ = hydrate(load, (after) =>
        eventsAfter(after).pipe(
          ensureSequential({ after, onDuplicate: (event) => dropped.next(event) }),
          processEvents((event) => handled.next(event), { savePosition, after }),
        ),
      ).pipe(retryWithJitter({ delay: 5, entropy: 3, delayFirst: true, onRetry }, () => 0.5))

      m.expect(loads).toBeObservable(loading)
      m.expect(handled).toBeObservable(handling, events)
      m.expect(dropped).toBeObservable(duplicates, events)
      m.expect(retried).toBeObservable(retries)
      m.expect(projector$, unsub).toBeObservable(positions, { a: 1, b: 2, c: 3, d: 4, e: 5, f: 6 })
      m.expect(live$).toHaveSubscriptions(liveSubs)
      m.flush()
      expect(gaps).toEqual([new MissedEventError({ received: 4, last: 2, missing: [3, 3] })])
      expect(stored).toBe(6)
    }),
  )

  it(
    'fold a log, and after a failure continue from the last saved snapshot',
    marbles((m) => {
      // The handler fails on d when it sees it first.
      const appends = ' --a--b--c--d------e------------'
      const saving = '  -----b----------x-----------e--'
      const failing = ' -----------d-------------------'
      const unsub = '   ^------------------------------!'
      const expected = '--a--b--c-------x-e------------'

      const failed = new Subject<LogEvent>()
      let failures = 0
      const word = defineProjection<string, EventType>({
        name: 'word',
        initialState: () => '',
        evolve: (state, event) => {
          if (event.type === 'd' && failures++ === 0) throw new Error('d is too much')
          return `${state}${event.payload}`
        },
      })
      const spell = defineProjection<string, EventType>({
        name: 'word',
        initialState: () => '',
        evolve: (state, { payload }) => `${state}${payload}`,
      })
      const snapshots = snapshotsOf(spell, { ...events, ...batchesOf(events, { x: 'cd' }) })

      const log = new TestLog()
      m.hot(appends, events).subscribe((event) => log.append(event))
      let stored: Snapshot<unknown> | undefined
      const store = { events: log, snapshots: { load: () => stored } }
      const writer = snapshotWriter<string>((snapshot) => {
        stored = snapshot
      })
      const onRetry = (error: unknown) => failed.next((error as { event: LogEvent }).event)

      const projection$ = hydrate(lastSnapshot(store, word), (snapshot) =>
        followLog(store, { after: snapshot.offset, catchUpAfter: 100 }).pipe(
          ensureSequential({ after: snapshot.offset }),
          scanProjection(word, snapshot),
          snapshotEvery(2, writer),
          snapshotAfter(10, writer),
        ),
      ).pipe(retryWithJitter({ delay: 5, entropy: 0, onRetry }))

      m.expect(writer.saved$).toBeObservable(saving, snapshots)
      m.expect(failed).toBeObservable(failing, events)
      m.expect(projection$, unsub).toBeObservable(expected, snapshots)
    }),
  )
})
