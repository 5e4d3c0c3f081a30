import { createHash } from 'node:crypto'
import type { ObjectStore } from '@nats-io/obj'
import { TimeoutError } from '../../../operators/model/errors/TimeoutError.ts'
import { StateTooLargeError } from '../../../operators/ports/errors/StateTooLargeError.ts'
import type { Bucket } from './Bucket.ts'
import { codeOf, isUnheard, STREAM_NOT_FOUND, TOO_LONG } from './failures.ts'
import type { LiveConnection, RetryingClient } from './RetryingClient.ts'
import { waitUntilUp } from './waitUntilUp.ts'

/** What headers may take of a message's size. */
const HEADERS = 1_024

/** How long the next part of an object is waited for, in ms. */
const STALLED = 5_000

/** Where a text is kept, and what it must be. */
export interface Content {
  readonly id: string
  readonly sha256: string
  /** It lies in the object store, since it does not fit in a message. */
  readonly object?: true
}

/** Keeps texts of any size: in the bucket where they fit in a message, otherwise in an object store of the same name. */
export class Contents {
  readonly #client: RetryingClient
  readonly #bucket: Bucket
  readonly #name: string
  readonly #replicas: number
  #stores = new WeakMap<LiveConnection, Promise<ObjectStore>>()

  constructor(client: RetryingClient, bucket: Bucket, name: string, replicas: number) {
    this.#client = client
    this.#bucket = bucket
    this.#name = name
    this.#replicas = replicas
  }

  /**
   * @param projection whose state it is, for errors.
   * @throws {StateTooLargeError} it is larger than the object store, or the account, may ever hold.
   */
  async put(key: string, text: string, projection: string): Promise<Content> {
    const id = crypto.randomUUID()
    const data = Buffer.from(text)
    const sha256 = digestOf(data)
    const { nc } = await this.#client.retry(() => this.#client.connected())
    if (data.length <= (nc.info?.max_payload ?? 1_048_576) - HEADERS) {
      try {
        await this.#bucket.put(`${key}.${id}`, text)
        return { id, sha256 }
      } catch (error) {
        // The bucket takes only smaller values than the server does.
        if (codeOf(error) !== TOO_LONG) throw error
      }
    }
    try {
      await this.#within((objects) => objects.putBlob({ name: id }, data))
    } catch (error) {
      const limit = await this.#client.retry(() => this.#limit()).catch(() => Infinity)
      if (data.length <= limit) throw error
      throw new StateTooLargeError({ projection, size: text.length, limit }, { cause: error })
    }
    return { id, sha256, object: true }
  }

  /** How many bytes the object store can hold at the most. */
  async #limit(): Promise<number> {
    const stream = `OBJ_${this.#name}`
    const { max_bytes } = (await this.#client.request(stream, ({ jsm }) => jsm.streams.info(stream))).config
    const { limits } = await this.#client.request(stream, ({ jsm }) => jsm.getAccountInfo())
    const known = [max_bytes, limits?.max_storage].filter((limit) => limit !== undefined && limit > 0)
    return Math.min(...(known as number[]))
  }

  /** Does work in the object store, which is made where it is not there, or not there any more. */
  #within<T>(work: (objects: ObjectStore) => Promise<T>): Promise<T> {
    return this.#client.retry(async () => {
      try {
        return await work(await this.#objects())
      } catch (error) {
        if (!(await this.#isGone(error))) throw error
        this.#stores = new WeakMap()
        return await work(await this.#objects())
      }
    })
  }

  async #isGone(error: unknown): Promise<boolean> {
    const stream = `OBJ_${this.#name}`
    if (codeOf(error) === STREAM_NOT_FOUND) return true
    if (!isUnheard(error)) return false
    return this.#client
      .request(stream, ({ jsm }) => jsm.streams.info(stream))
      .then(
        () => false,
        (reason: unknown) => codeOf(reason) === STREAM_NOT_FOUND,
      )
  }

  /** The text as it was put, or, where it is gone or damaged, an error that says so. */
  async get(key: string, { id, sha256, object }: Content): Promise<string | Error> {
    const data = object === true ? await this.#getObject(id, sha256) : (await this.#bucket.get(`${key}.${id}`)).text
    if (data === undefined) return new Error('its content is gone')
    if (digestOf(data) !== sha256) return new Error('its content does not have the digest that was stored with it')
    return data.toString()
  }

  async delete(key: string, { id, object }: Content): Promise<void> {
    if (object !== true) return this.#bucket.purge(`${key}.${id}`)
    const stream = `OBJ_${this.#name}`
    await this.#within(async (objects) => {
      await objects.delete(id)
      // What tells that it was deleted need not stay: no name comes twice.
      const filter = `$O.${this.#name}.M.${paddedBase64Url(id)}`
      await this.#client.request(stream, ({ jsm }) => jsm.streams.purge(stream, { filter }))
    })
  }

  async #getObject(id: string, sha256: string): Promise<Buffer | undefined> {
    for (let attempt = 0; ; attempt++) {
      const data = await this.#within(async (objects) => {
        try {
          return await download(objects, id, (nuid) => this.#hasParts(nuid))
        } catch (error) {
          // The client says so of an object that is damaged.
          if (error instanceof Error && /digest|corrupt|received/i.test(error.message)) return null
          throw error
        }
      })
      const found = data ? Buffer.from(data) : undefined
      // A replica that lags behind has only a part of it yet.
      if ((found !== undefined && digestOf(found) === sha256) || this.#replicas === 1 || attempt === 3) return found
      await this.#client.pause(250)
    }
  }

  async #hasParts(nuid: string): Promise<boolean> {
    return (await this.#client.lastMessage(`OBJ_${this.#name}`, `$O.${this.#name}.C.${nuid}`)) !== undefined
  }

  async #make(live: LiveConnection): Promise<ObjectStore> {
    const { Objm } = live.clients.obj
    const store = await new Objm(live.js).create(this.#name, { replicas: this.#replicas })
    await waitUntilUp(live, `$O.${this.#name}.M`)
    return store
  }

  async #objects(): Promise<ObjectStore> {
    const live = await this.#client.connected()
    let store = this.#stores.get(live)
    if (store === undefined) {
      store = this.#make(live)
      this.#stores.set(live, store)
    }
    try {
      return await store
    } catch (error) {
      this.#stores.delete(live)
      throw error
    }
  }
}

/** An object's bytes; `null` where it is gone. Each part of it comes in time, or it is given up. */
async function download(
  objects: ObjectStore,
  id: string,
  hasParts: (nuid: string) => Promise<boolean>,
): Promise<Buffer | null> {
  const result = await objects.get(id)
  if (result === null) return null
  result.error.catch(() => undefined)
  const reader = (result.data as ReadableStream<Uint8Array>).getReader()
  const parts: Uint8Array[] = []
  try {
    for (;;) {
      const { done, value } = await inTime(reader.read())
      if (done) return Buffer.concat(parts)
      parts.push(value)
    }
  } catch (error) {
    // The client waits without an end for parts that are not there.
    reader.cancel().catch(() => undefined)
    if (error instanceof TimeoutError && !(await hasParts(result.info.nuid))) return null
    throw error
  }
}

function inTime<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = (): void => reject(new TimeoutError('the next part of a snapshot', STALLED))
    const timer = setTimeout(late, STALLED)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

function digestOf(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('base64url')
}

function paddedBase64Url(text: string): string {
  const encoded = Buffer.from(text).toString('base64url')
  return encoded.padEnd(Math.ceil(encoded.length / 4) * 4, '=')
}
