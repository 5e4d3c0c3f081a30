import { StoreError } from '../../../operators/model/errors/StoreError.ts'
import type { Driver, DriverTransaction, PostgresClient } from './driver/Driver.ts'
import { refuseWithin } from './holding.ts'

/** What an application may call on a client, whatever its library. */
type Method = (...args: unknown[]) => unknown

/** What a statement of its own kind is for `pg`, such as a cursor: it is given back as it is. */
interface Submittable {
  submit(...args: unknown[]): unknown
  handleError?(error: unknown): unknown
}

/**
 * A transaction that begins with its first statement: until then it holds no connection. Work that sends none never begins
 * one; what was put off then happens by itself when it commits.
 */
export class LazyTransaction {
  /** The client in it, before and after it has begun. */
  readonly client: PostgresClient
  readonly #driver: Driver
  readonly #address: string
  readonly #end = Promise.withResolvers<void>()
  /** What waits for the transaction to begin, or for the commit of work that never began one. */
  #putOff: ((db: DriverTransaction | Driver) => Promise<void>) | undefined
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

  /** Whether nothing was asked of it yet, and nothing is put off. */
  get fresh(): boolean {
    return this.#opening === undefined && this.#putOff === undefined && !this.#ended
  }

  /** Does something first when the transaction begins, or by itself when the work ends without one. Once. */
  putOff(what: (db: DriverTransaction | Driver) => Promise<void>): void {
    this.#putOff = what
  }

  /**
   * Begins the transaction, if it has not begun.
   *
   * @throws {StoreError} the work has ended, or the transaction would wait forever for one around it.
   */
  async begin(): Promise<DriverTransaction> {
    if (this.#ended) throw new StoreError(this.#address, 'context is out of reach after the work has ended')
    if (this.#opening === undefined) {
      refuseWithin(this.#driver, this.#address, 3)
      this.#opening = this.#begin()
    }
    return this.#opening
  }

  #begin(): Promise<DriverTransaction> {
    const opened = Promise.withResolvers<DriverTransaction>()
    this.#done = this.#driver.transaction(async (transaction) => {
      await this.#doPutOff(transaction)
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
    if (this.#done === undefined) {
      await this.#doPutOff(this.#driver)
      return
    }
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

  async #doPutOff(db: DriverTransaction | Driver): Promise<void> {
    const what = this.#putOff
    this.#putOff = undefined
    await what?.(db)
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
