import {
  AsyncSubject,
  asyncScheduler,
  catchError,
  concat,
  defer,
  from,
  NEVER,
  type Observable,
  of,
  type SchedulerLike,
  switchMap,
  takeUntil,
} from 'rxjs'
import { StoreError } from '../../../operators/ports/errors/StoreError.ts'
import type { Driver } from './driver/Driver.ts'
import { shortName } from './driver/shortName.ts'
import { openingFailure } from './failures.ts'
import { type HintsOf, type ListenOptions, listenForHints } from './listenForHints.ts'
import { migrate } from './schema/migrate.ts'
import { type Tables, tablesOf } from './schema/migrations.ts'
import { refuseDeadlock } from './transactionContext.ts'

/** How long what has begun may go on when the store is closed, in ms, before its connections are cut. */
const CLOSE_WITHIN = 3_000

/** What a store is opened with. */
export interface StoreContextOptions extends Partial<Pick<ListenOptions, 'onRetry' | 'random' | 'scheduler'>> {
  readonly address: string
  readonly schema: string
  readonly openDriver: () => Promise<Driver>
  /** More channels to listen to than the store's own. */
  readonly channels: readonly string[]
}

/** What the facets of a store share: its driver, its tables, and whether it is closed. All is opened when first used. */
export class StoreContext {
  readonly address: string
  readonly schema: string
  readonly tables: Tables
  readonly scheduler: SchedulerLike
  /** Notified of appends. */
  readonly channel: string
  /** Notified of leases that were given back. */
  readonly leaseChannel: string
  readonly closed$: Observable<void>
  /** The driver. */
  readonly driver: () => Promise<Driver>
  /** The driver, with the store's own tables in place. */
  readonly own: () => Promise<Driver>
  readonly hintsOf: HintsOf
  /** Emits when a connection has been made after one was lost: it may lead to another server. */
  readonly reconnects$: Observable<unknown>
  #ready = false
  /** Whether something of the store has been opened. */
  #open = false
  readonly #end = new AsyncSubject<void>()
  readonly #closing: (() => Promise<unknown>)[] = []
  #opened: Promise<Driver> | undefined
  #ending: Promise<void> | undefined
  #closed = false

  constructor(options: StoreContextOptions) {
    const { address, schema, openDriver, channels, scheduler = asyncScheduler } = options
    this.address = address
    this.schema = schema
    this.tables = tablesOf(schema)
    this.scheduler = scheduler
    this.channel = shortName('events', schema)
    this.leaseChannel = shortName('leases', schema)
    this.closed$ = this.#end.asObservable()
    this.driver = lazily(async () => {
      this.checkOpen()
      this.#opened = openDriver()
      return this.#opened
    })
    this.reconnects$ = defer(() => from(this.driver())).pipe(
      switchMap(({ reconnects$ }) => reconnects$),
      // A driver that cannot be made fails the reads: they say so.
      catchError(() => NEVER),
    )
    this.own = this.opening(async (driver) => {
      await migrate(driver, { schema, address })
      this.#ready = true
      return driver
    })
    this.hintsOf = listenForHints(this.driver, {
      ...options,
      scheduler,
      channels: [this.channel, this.leaseChannel, ...channels],
    })
  }

  /**
   * The driver with the store's own tables in place, for a call of the application's.
   *
   * @throws {StoreError} the call would wait forever for the transaction that it is made in.
   */
  async forCall(): Promise<Driver> {
    await this.refuseDeadlock()
    return this.own()
  }

  /** Refuses a call that would wait forever for the transaction that it is made in. */
  async refuseDeadlock(): Promise<void> {
    refuseDeadlock(await this.driver(), this.address, 2)
  }

  /**
   * Prepares something once, when it is first used; a failure is not kept. What is wrong with the configuration fails here with
   * a `StoreError`; in what has been opened the same failures pass.
   */
  opening<T>(open: (driver: Driver) => Promise<T>): () => Promise<T> {
    return lazily(async () => {
      const driver = await this.driver()
      try {
        const opened = await open(driver)
        this.#open = true
        return opened
      } catch (error) {
        throw openingFailure(this.address, error, { connected: driver.connected, open: this.#open })
      }
    })
  }

  /**
   * The store's own tables in place, for work within a transaction of the application's. A database of one session could
   * not make them beside it: it would wait for that transaction for ever.
   */
  async ownWithin(): Promise<void> {
    if (!this.#ready && (await this.driver()).single) {
      throw new StoreError(this.address, 'it has one session: call open() before the first transaction that appends')
    }
    await this.own()
  }

  /** What must end before the driver does. */
  onClose(work: () => Promise<unknown>): void {
    this.#closing.push(work)
  }

  checkOpen(): void {
    if (this.#closed) throw new StoreError(this.address, 'the store is closed')
  }

  /** Hints until the store is closed. The last one says that it is: whoever reads then meets the `StoreError`. */
  untilClosed(hints$: Observable<unknown>): Observable<unknown> {
    return concat(hints$.pipe(takeUntil(this.closed$)), of(undefined))
  }

  close(): Promise<void> {
    this.#closed = true
    this.#ending ??= this.#closeAll()
    return this.#ending
  }

  async #closeAll(): Promise<void> {
    let driver: Driver | undefined
    let late = false
    // What has not ended by itself by then is cut: all that waits for it goes on.
    const deadline = this.scheduler.schedule(() => {
      late = true
      driver?.destroy()
    }, CLOSE_WITHIN)
    try {
      this.#end.next()
      this.#end.complete()
      driver = await this.#opened?.catch(() => undefined)
      if (late) driver?.destroy()
      for (const work of this.#closing) await work()
      await driver?.close()
    } finally {
      deadline.unsubscribe()
    }
  }
}

function lazily<T>(open: () => Promise<T>): () => Promise<T> {
  let opening: Promise<T> | undefined
  return () => {
    opening ??= open().catch((error: unknown) => {
      opening = undefined
      throw error
    })
    return opening
  }
}
