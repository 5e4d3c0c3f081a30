import { StoreError } from '../../../operators/ports/errors/StoreError.ts'
import type { Driver, DriverTransaction, PostgresClient, Queryable } from './driver/Driver.ts'
import { refuseDeadlock } from './transactionContext.ts'

/** What an application may call on a client, whatever its library. */
type Method = (...args: unknown[]) => unknown

/** What a statement of its own kind is for `pg`, such as a cursor: it is given back as it is. */
interface Submittable {
  submit(...args: unknown[]): unknown
  handleError?(error: unknown): unknown
}

/**
 * A transaction that begins with its first statement: until then it holds no connection. Work that sends none never begins
 * one.
 */
export class LazyTransaction {
  /** The client in it, before and after it has begun. */
  readonly client: PostgresClient
  readonly #driver: Driver
  readonly #address: string
  readonly #end = Promise.withResolvers<void>()
  #opening: Promise<DriverTransaction> | undefined
  #opened: DriverTransaction | undefined
  #done: Promise<void> | undefined
  /** Settles when all statements that waited for the beginning have been sent. */
  #sent: Promise<unknown> = Promise.resolve()
  #ended = false

  constructor(driver: Driver, address: string) {
    this.#driver = driver
    this.#address = address
    this.client = this.#makeClient()
    // Heard where the transaction waits for it.
    this.#end.promise.catch(() => undefined)
  }

  /** Whether it holds a connection, or waits for one. */
  get open(): boolean {
    return this.#opening !== undefined && !this.#ended
  }

  /** Where the last statement of the work goes: to the transaction, or, where none has begun, past it; then none begins. */
  lastQueryable(): Promise<Queryable> {
    if (this.#opening !== undefined || this.#ended) return this.begin()
    this.#ended = true
    return Promise.resolve(this.#driver)
  }

  /**
   * Begins the transaction, if it has not begun.
   *
   * @throws {StoreError} the work has ended, or the transaction would wait forever for one around it.
   */
  async begin(): Promise<DriverTransaction> {
    if (this.#ended) throw new StoreError(this.#address, 'context is out of reach after the work has ended')
    if (this.#opening === undefined) {
      refuseDeadlock(this.#driver, this.#address, 3)
      this.#opening = this.#begin()
    }
    return this.#opening
  }

  #begin(): Promise<DriverTransaction> {
    const opened = Promise.withResolvers<DriverTransaction>()
    this.#done = this.#driver.transaction(async (transaction) => {
      this.#opened = transaction
      opened.resolve(transaction)
      await this.#end.promise
    })
    this.#done.catch(opened.reject)
    return opened.promise
  }

  /** Commits. Where it could not begin, rejects with why: nothing that was asked of it has happened. */
  async commit(): Promise<void> {
    await this.#sent
    this.#ended = true
    this.#end.resolve()
    await this.#done
  }

  /** Rolls back, and rejects: with the error, or with why it could not begin. */
  async rollBack(error: unknown): Promise<never> {
    await this.#sent
    this.#ended = true
    this.#end.reject(error)
    await this.#done
    throw error
  }

  #makeClient(): PostgresClient {
    const lazy = new Map<PropertyKey, Method>()
    for (const name of this.#driver.clientMethods) lazy.set(name, (...args) => this.#call(name, args))
    return new Proxy({} as PostgresClient, {
      get: (_target, name) => {
        const method = lazy.get(name)
        if (method !== undefined) return method
        const client = this.#opened?.client
        const value: unknown = client && Reflect.get(client, name)
        return typeof value === 'function' ? value.bind(client) : value
      },
      has: (_target, name) => lazy.has(name) || (this.#opened !== undefined && name in this.#opened.client),
    })
  }

  #call(name: string, args: unknown[]): unknown {
    const send = ({ client }: DriverTransaction): unknown =>
      (client as unknown as Record<string, Method>)[name]!(...args)
    // Through the same steps each time, so that they are sent in order. Within an object: the answer is not waited for here.
    const sending = this.begin().then((transaction) => ({ answer: send(transaction) }))
    this.#sent = sending.catch(() => undefined)
    const [first] = args
    if (!isSubmittable(first)) return sending.then(({ answer }) => answer)
    sending.catch((error: unknown) => first.handleError?.(error)).catch(() => undefined)
    return first
  }
}

function isSubmittable(value: unknown): value is Submittable {
  return typeof (value as Partial<Submittable> | null | undefined)?.submit === 'function'
}
