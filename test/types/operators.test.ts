import {
  type EventReader,
  ensureSequential,
  evolve,
  followLog,
  hydrate,
  initialSnapshot,
  type LogEvent,
  lastSnapshot,
  type MaybePromise,
  type OneOrMany,
  onlyForward,
  type ProjectedSnapshot,
  processEvents,
  processPages,
  type Recorded,
  replay,
  retryWithJitter,
  type Snapshot,
  type SnapshotStore,
  scanProjection,
  snapshotAfter,
  snapshotEvery,
  snapshotWriter,
} from 'rx-projection/operators'
import { type Observable, of } from 'rxjs'
import { describe, expectTypeOf, it } from 'vitest'
import { type Balances, type BankEvent, balances, slowBalances } from './bank.ts'

const store: { readonly events: EventReader<BankEvent>; readonly snapshots: Pick<SnapshotStore, 'load'> } = {
  events: { read: () => ({ events: [], through: 0, head: 0 }) },
  snapshots: { load: () => undefined },
}
const deposit = { id: 1, stream: 's', type: 'Deposited', payload: { account: 'anna', amount: 5 } } as const

describe('the pipeline made by hand', () => {
  it('compiles as the guides write it, without a type argument', () => {
    const writer = snapshotWriter<Balances>(() => undefined)
    const pipeline = hydrate(
      lastSnapshot(store, balances),
      (snapshot) =>
        followLog(store, { after: snapshot.offset }).pipe(
          ensureSequential({ after: snapshot.offset }),
          scanProjection(balances, snapshot),
          snapshotEvery(100, writer),
          snapshotAfter(30_000, writer),
        ),
      { emitLoaded: true },
    ).pipe(retryWithJitter({ delay: 1_000, entropy: 500 }), onlyForward())
    expectTypeOf(pipeline).toEqualTypeOf<Observable<ProjectedSnapshot<Balances>>>()
  })

  it('emits what was loaded as what it is, where it is no snapshot', () => {
    const positions = hydrate(
      () => 5,
      () => of('next'),
      { emitLoaded: true },
    )
    expectTypeOf(positions).toEqualTypeOf<Observable<number | string>>()
    const quiet = hydrate(
      () => 5,
      () => of('next'),
      { emitLoaded: false },
    )
    expectTypeOf(quiet).toEqualTypeOf<Observable<string>>()
  })
})

describe('ensureSequential', () => {
  it('passes what comes in, of the same type', () => {
    expectTypeOf(of(deposit).pipe(ensureSequential())).toEqualTypeOf<Observable<typeof deposit>>()
    const page: readonly Recorded<BankEvent>[] = [deposit]
    expectTypeOf(of(page).pipe(ensureSequential())).toEqualTypeOf<Observable<readonly Recorded<BankEvent>[]>>()
    const mixed: Observable<OneOrMany<LogEvent>> = of(deposit, [deposit])
    expectTypeOf(mixed.pipe(ensureSequential())).toEqualTypeOf<Observable<OneOrMany<LogEvent>>>()
  })

  it('hands its callbacks the events of the source, also those of a batch', () => {
    const page: readonly Recorded<BankEvent>[] = [deposit]
    of(page).pipe(
      ensureSequential({
        onDuplicate: (event, last) => {
          expectTypeOf(event).toEqualTypeOf<Recorded<BankEvent>>()
          expectTypeOf(last).toEqualTypeOf<number>()
        },
        onUnhandled: (message) => {
          expectTypeOf(message).toEqualTypeOf<Recorded<BankEvent>>()
        },
      }),
    )
  })

  it('refuses a source of what is no event', () => {
    // @ts-expect-error numbers are no events
    expectTypeOf(() => of(1, 2).pipe(ensureSequential())).toBeFunction()
  })
})

describe('scanProjection', () => {
  it('gives snapshots of the state', () => {
    const out$ = of(deposit).pipe(scanProjection(balances))
    expectTypeOf(out$).toEqualTypeOf<Observable<ProjectedSnapshot<Balances>>>()
    const slow$ = of([deposit]).pipe(scanProjection(slowBalances, { offset: 0, state: {} }, { strict: false }))
    expectTypeOf(slow$).toEqualTypeOf<Observable<ProjectedSnapshot<Balances>>>()
  })

  it('refuses a snapshot of another state', () => {
    // @ts-expect-error the state is of another type
    expectTypeOf(() => scanProjection(balances, { offset: 0, state: 'rich' })).toBeFunction()
  })
})

describe('the saving operators', () => {
  const snapshots$ = of<ProjectedSnapshot<Balances>>()

  it('hand a save function the snapshot, and pass snapshots of the same type', () => {
    const out$ = snapshots$.pipe(
      snapshotEvery(2, (snapshot) => {
        expectTypeOf(snapshot).toEqualTypeOf<Snapshot<Balances>>()
      }),
      snapshotAfter(
        2,
        async ({ state }) => {
          expectTypeOf(state).toEqualTypeOf<Balances>()
        },
        {
          onError: (error, { state }) => {
            expectTypeOf(error).toEqualTypeOf<unknown>()
            expectTypeOf(state).toEqualTypeOf<Balances>()
          },
        },
      ),
    )
    expectTypeOf(out$).toEqualTypeOf<Observable<ProjectedSnapshot<Balances>>>()
  })

  it('take a writer of the state, and none of another', () => {
    const writer = snapshotWriter((snapshot: Snapshot<Balances>) => snapshot.offset)
    expectTypeOf(writer.saved$).toEqualTypeOf<Observable<Snapshot<Balances>>>()
    expectTypeOf(snapshots$.pipe(snapshotEvery(2, writer))).toEqualTypeOf<Observable<ProjectedSnapshot<Balances>>>()
    const other = snapshotWriter((snapshot: Snapshot<string>) => snapshot.offset)
    // @ts-expect-error the writer saves another state
    expectTypeOf(() => snapshots$.pipe(snapshotEvery(2, other))).toBeFunction()
  })
})

describe('processEvents and processPages', () => {
  it('give positions; their handlers get the events of the union', () => {
    const savePosition = () => undefined
    const out$ = of(deposit).pipe(
      processEvents<BankEvent>(
        (event) => {
          if (event.type === 'Deposited') expectTypeOf(event.payload.amount).toEqualTypeOf<number>()
        },
        { savePosition },
      ),
    )
    expectTypeOf(out$).toEqualTypeOf<Observable<number>>()
    const pages$ = of([deposit]).pipe(
      processPages<BankEvent>(
        async (events) => {
          expectTypeOf(events).toEqualTypeOf<readonly Recorded<BankEvent>[]>()
        },
        { savePosition },
      ),
    )
    expectTypeOf(pages$).toEqualTypeOf<Observable<number>>()
  })

  it('take handlers of any event where no union is named', () => {
    const handle = ({ id }: LogEvent) => id
    expectTypeOf(processEvents(handle, { savePosition: () => undefined })).toBeFunction()
  })

  it('refuse to go without a save', () => {
    // @ts-expect-error the position has to be saved
    expectTypeOf(() => processEvents(() => undefined, {})).toBeFunction()
  })
})

describe('followLog and hydrate', () => {
  it('give what the store holds, and what the projection makes of it', () => {
    expectTypeOf(followLog(store)).toEqualTypeOf<Observable<readonly Recorded<BankEvent>[]>>()
    expectTypeOf(lastSnapshot(store, balances)).toEqualTypeOf<() => MaybePromise<Snapshot<Balances>>>()
    const out$ = hydrate(
      async () => 5,
      (position) => {
        expectTypeOf(position).toEqualTypeOf<number>()
        return of(String(position))
      },
    )
    expectTypeOf(out$).toEqualTypeOf<Observable<string>>()
  })
})

describe('retryWithJitter', () => {
  it('passes what comes in, of the same type', () => {
    expectTypeOf(of(1).pipe(retryWithJitter({ delay: 1, entropy: 1 }))).toEqualTypeOf<Observable<number>>()
    expectTypeOf(() => retryWithJitter({ delay: 1 })).toBeFunction()
    // @ts-expect-error the delay is missing
    expectTypeOf(() => retryWithJitter({ entropy: 1 })).toBeFunction()
  })
})

describe('the kernels', () => {
  it('are synchronous for a Projection, and may be asynchronous for an AsyncProjection', () => {
    const start = initialSnapshot(balances)
    expectTypeOf(start).toEqualTypeOf<Snapshot<Balances>>()
    expectTypeOf(evolve(balances, start, deposit)).toEqualTypeOf<ProjectedSnapshot<Balances>>()
    expectTypeOf(replay(balances, start, [deposit])).toEqualTypeOf<ProjectedSnapshot<Balances>>()
    expectTypeOf(() => evolve(slowBalances, start, deposit)).returns.toEqualTypeOf<
      MaybePromise<ProjectedSnapshot<Balances>>
    >()
    expectTypeOf(() => replay(slowBalances, start, [deposit])).returns.toEqualTypeOf<
      MaybePromise<ProjectedSnapshot<Balances>>
    >()
  })
})
