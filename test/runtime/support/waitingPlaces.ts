/**
 * A process that waits at each place where something waits, while its clock is set.
 *
 *     node --import=settableClock.ts waitingPlaces.ts MS
 *
 * The clock is set by so many ms in the middle of the waits. It says of each place what became of it: `place: outcome`.
 */
import { defineProjection, type EventReader, memory, startPartitioned, startProjection } from 'rx-projection'
import {
  ensureSequential,
  followLog,
  type LogEvent,
  type ProjectedSnapshot,
  retryWithJitter,
  snapshotAfter,
  snapshotEvery,
  snapshotWriter,
} from 'rx-projection/operators'
import { concat, defer, firstValueFrom, NEVER, Observable, of, Subject, throwError } from 'rxjs'

const by = Number(process.argv[2])
const { setClock } = globalThis as unknown as { setClock: (by: number) => void }

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const { promise: whenSet, resolve: wasSet } = Promise.withResolvers<void>()
const event = (id: number): LogEvent => ({ id, stream: 'shop', type: 'Sold', payload: id })
const sold = [{ type: 'Sold', payload: 1 }] as const
const sales = defineProjection<number>({ name: 'sales', initialState: () => 0, evolve: (count) => count + 1 })
const slow = defineProjection<number>({
  name: 'slow',
  initialState: () => 0,
  evolve: (count) => wait(60).then(() => count + 1),
})
const nameOf = (error: unknown): string => (error as Error).name
/** The end of a test of what must not happen: it would have happened by then. */
const long = (): Promise<void> => wait(120)

const places: Readonly<Record<string, () => Promise<unknown>>> = {
  async snapshotAfter() {
    const saved = new Subject<number>()
    const writer = snapshotWriter<number>(({ offset }) => saved.next(offset))
    const source = new Subject<ProjectedSnapshot<number>>()
    const step = (offset: number): void => source.next({ offset, state: offset, events: 1 })
    source.pipe(snapshotEvery(2, writer), snapshotAfter(30, writer)).subscribe()
    step(1)
    step(2)
    // The timer runs on, and finds 3 when it fires.
    await wait(10)
    const next = firstValueFrom(saved)
    step(3)
    return next
  },

  async 'a save that takes its time'() {
    const begun: number[] = []
    const writer = snapshotWriter<number>(
      ({ offset }) => {
        begun.push(offset)
        return wait(40)
      },
      { restFor: (duration) => duration / 10 },
    )
    const source = new Subject<ProjectedSnapshot<number>>()
    source.pipe(snapshotEvery(1, writer)).subscribe()
    source.next({ offset: 1, state: 1, events: 1 })
    source.next({ offset: 2, state: 2, events: 1 })
    await firstValueFrom(writer.saved$)
    await firstValueFrom(writer.saved$)
    return begun
  },

  async 'a gap that is never filled'() {
    const source = new Subject<LogEvent>()
    const ends = firstValueFrom(source.pipe(ensureSequential({ hold: { for: 800, atMost: 5 } }))).catch(() => undefined)
    const passed = new Promise((resolve) => {
      source
        .pipe(ensureSequential({ hold: { for: 800, atMost: 5 } }))
        .subscribe({ error: ({ received }: { received: number }) => resolve(received) })
    })
    for (const id of [1, 3]) source.next(event(id))
    await wait(5)
    source.next(event(5))
    await whenSet
    source.next(event(2))
    await ends
    return passed
  },

  async 'a gap that is filled in time'() {
    const ids: number[] = []
    const source = new Subject<LogEvent>()
    source.pipe(ensureSequential({ hold: { for: 10_000, atMost: 5 } })).subscribe(({ id }) => ids.push(id))
    for (const id of [1, 3]) source.next(event(id))
    await wait(5)
    source.next(event(5))
    await whenSet
    source.next(event(2))
    await wait(10)
    source.next(event(4))
    return ids
  },

  async 'a run shorter than resetAfter'() {
    return attempts(10_000)
  },

  async 'a run longer than resetAfter'() {
    return attempts(20)
  },

  async 'a wait'() {
    await using store = memory()
    await using projection = startProjection(sales, { store })
    return await projection.whenProcessed(1, { timeout: 40 }).catch(nameOf)
  },

  async 'stop()'() {
    await using store = memory()
    const hanging = defineProjection<number>({
      name: 'hanging',
      initialState: () => 0,
      evolve: () => new Promise<number>(() => undefined),
    })
    const projection = startProjection(hanging, { store })
    await store.events.append('shop', sold)
    await wait(5)
    return await projection.stop({ timeout: 40 }).catch(nameOf)
  },

  async polling() {
    await using store = memory()
    const { read } = store.events
    const page = firstValueFrom(followLog({ events: { read } }, { catchUpAfter: 15 }))
    await whenSet
    await store.events.append('shop', sold)
    return (await page).length
  },

  async 'a stretch of work'() {
    let turned = false
    let begun = false
    const pages: EventReader = {
      read: ({ after }) => ({ events: [event(after + 1)] as never, through: after + 1, head: 200 }),
    }
    await whenSet
    return new Promise((resolve) => {
      followLog({ events: pages }).subscribe(([first]) => {
        const { id } = first as LogEvent
        if (!begun) {
          begun = true
          setClock(by)
          setImmediate(() => (turned = true))
        }
        const until = performance.now() + 1
        while (!turned && performance.now() < until);
        if (turned || id === 200) resolve(turned ? 'turned' : 'never turned')
      })
    })
  },

  async 'an exclusive run'() {
    await using store = memory()
    await using projection = startProjection(sales, { store, exclusive: { ttl: 5_000, renewEvery: 15 } })
    const statuses: string[] = []
    projection.status$.subscribe((status) => statuses.push(status))
    await long()
    return statuses.at(-1)
  },

  async 'a source'() {
    await using store = memory()
    const source = () => concat(of([]), NEVER)
    await using projection = startProjection(sales, { source, snapshots: store.snapshots })
    await projection.whenCaughtUp({ timeout: 2_000 })
    return await firstValueFrom(projection.status$)
  },

  async partitions() {
    await using store = memory()
    await store.events.append('shop', sold)
    const read: EventReader['read'] = (options) => wait(30).then(() => store.events.read(options))
    const events = { ...store.events, read }
    await using worker = startPartitioned(slow, { store: { ...store, events }, partitions: 1 })
    return await worker.whenCaughtUp({ timeout: 5_000 }).then(() => 'caught up', nameOf)
  },

  async 'a worker that died'() {
    await using store = memory()
    store.positions.save('sales/worker-2', 7)
    await using worker = startPartitioned(sales, { store, partitions: 2, ttl: 90 })
    return await new Promise((resolve) => {
      worker.partitions$.subscribe((partitions) => partitions.length === 2 && resolve('2 partitions'))
    })
  },
}

/** Which attempts `retryWithJitter` counts when a run fails at once, and the next one when the clock was set in it. */
async function attempts(resetAfter: number): Promise<readonly number[]> {
  const counted: number[] = []
  const fails = [
    throwError(() => new Error('at once')),
    new Observable((output) => void whenSet.then(() => wait(20)).then(() => output.error(new Error('later')))),
    NEVER,
  ]
  return new Promise((resolve) => {
    const onRetry = (_: unknown, { attempt }: { readonly attempt: number }): void => {
      if (counted.push(attempt) === 2) resolve(counted)
    }
    defer(() => fails.shift()!)
      .pipe(retryWithJitter({ delay: 0, entropy: 0, resetAfter, onRetry }))
      .subscribe()
  })
}

const late = wait(8_000).then(() => 'nothing came of it')
process.once('warning', ({ name }) => process.stdout.write(`warning: ${name}\n`))
const outcomes = Object.entries(places).map(async ([place, waits]) => {
  const outcome = await Promise.race([waits(), late]).catch((error: unknown) => `${error}`)
  process.stdout.write(`${place}: ${outcome}\n`)
})
await wait(20)
setClock(by)
wasSet()
await Promise.all(outcomes)
process.exit()
