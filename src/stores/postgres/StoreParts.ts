import { AsyncSubject, asyncScheduler, type Observable, type SchedulerLike } from 'rxjs'
import { StoreError } from '../../../operators/model/errors/StoreError.ts'
import type { Driver } from './driver/Driver.ts'
import { shortName } from './driver/shortName.ts'
import { type HintsOf, type ListenOptions, listen } from './hints.ts'
import { migrate } from './schema/migrate.ts'
import { type Tables, tablesOf } from './schema/migrations.ts'

/** What a store is opened with. */
export interface StorePartsOptions extends Partial<Pick<ListenOptions, 'onRetry' | 'random' | 'scheduler'>> {
  readonly address: string
  readonly schema: string
  readonly openDriver: () => Promise<Driver>
  /** More channels to listen to than the store's own. */
  readonly channels: readonly string[]
}

/** What the facets of a store share: its driver, its tables, and whether it is closed. All is opened when first used. */
export class StoreParts {
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
  private ready = false
  private readonly end = new AsyncSubject<void>()
  private readonly closing: (() => Promise<unknown>)[] = []
  private opened: Promise<Driver> | undefined
  private closed: Promise<void> | undefined

  constructor(options: StorePartsOptions) {
    const { address, schema, openDriver, channels, scheduler = asyncScheduler } = options
    this.address = address
    this.schema = schema
    this.tables = tablesOf(schema)
    this.scheduler = scheduler
    this.channel = shortName('events', schema)
    this.leaseChannel = shortName('leases', schema)
    this.closed$ = this.end.asObservable()
    this.driver = lazily(async () => {
      this.checkOpen()
      this.opened = openDriver()
      return this.opened
    })
    this.own = this.opening(async (driver) => {
      await migrate(driver, { schema, address })
      this.ready = true
      return driver
    })
    this.hintsOf = listen(this.driver, {
      ...options,
      scheduler,
      channels: [this.channel, this.leaseChannel, ...channels],
    })
  }

  /** Prepares something once, when it is first used; a failure is not kept. */
  opening<T>(open: (driver: Driver) => Promise<T>): () => Promise<T> {
    return lazily(async () => open(await this.driver()))
  }

  /**
   * The store's own tables in place, for work within a transaction of the application's. A database of one session could
   * not make them beside it: it would wait for that transaction for ever.
   */
  async ownWithin(): Promise<void> {
    if (!this.ready && (await this.driver()).single) {
      throw new StoreError(this.address, 'it has one session: call open() before the first transaction that appends')
    }
    await this.own()
  }

  /** What must end before the driver does. */
  onClose(work: () => Promise<unknown>): void {
    this.closing.push(work)
  }

  checkOpen(): void {
    if (this.closed !== undefined) throw new StoreError(this.address, 'the store is closed')
  }

  close(): Promise<void> {
    this.closed ??= this.closeAll()
    return this.closed
  }

  private async closeAll(): Promise<void> {
    this.end.next()
    this.end.complete()
    for (const work of this.closing) await work()
    const driver = await this.opened?.catch(() => undefined)
    await driver?.close()
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
