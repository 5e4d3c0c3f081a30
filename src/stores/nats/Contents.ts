import { createHash } from 'node:crypto'
import type { ObjectStore } from '@nats-io/obj'
import type { Bucket } from './Bucket.ts'
import type { Link, Peer } from './link.ts'
import { waitUntilUp } from './waitUntilUp.ts'

/** What headers may take of a message's size. */
const HEADERS = 1_024

/** Where a text is kept, and what it must be. */
export interface Content {
  readonly id: string
  readonly sha256: string
  /** It lies in the object store, since it does not fit in a message. */
  readonly object?: true
}

/** Keeps texts of any size: in the bucket where they fit in a message, otherwise in an object store of the same name. */
export class Contents {
  private readonly link: Link
  private readonly bucket: Bucket
  private readonly name: string
  private readonly replicas: number
  private readonly stores = new WeakMap<Peer, Promise<ObjectStore>>()

  constructor(link: Link, bucket: Bucket, name: string, replicas: number) {
    this.link = link
    this.bucket = bucket
    this.name = name
    this.replicas = replicas
  }

  async put(key: string, text: string): Promise<Content> {
    const id = crypto.randomUUID()
    const data = Buffer.from(text)
    const sha256 = digestOf(data)
    const { nc } = await this.link.persist(() => this.link.peer())
    if (data.length <= (nc.info?.max_payload ?? 1_048_576) - HEADERS) {
      await this.bucket.put(`${key}.${id}`, text)
      return { id, sha256 }
    }
    await this.link.persist(async () => (await this.objects()).putBlob({ name: id }, data))
    return { id, sha256, object: true }
  }

  /** The text as it was put, or, where it is gone or damaged, an error that says so. */
  async get(key: string, { id, sha256, object }: Content): Promise<string | Error> {
    const data = object === true ? await this.getObject(id, sha256) : (await this.bucket.get(`${key}.${id}`)).text
    if (data === undefined) return new Error('its content is gone')
    if (digestOf(data) !== sha256) return new Error('its content does not have the digest that was stored with it')
    return data.toString()
  }

  async delete(key: string, { id, object }: Content): Promise<void> {
    if (object !== true) return this.bucket.purge(`${key}.${id}`)
    await this.link.persist(async () => {
      const { jsm } = await this.link.peer()
      await (await this.objects()).delete(id)
      // What tells that it was deleted need not stay: no name comes twice.
      const filter = `$O.${this.name}.M.${paddedBase64Url(id)}`
      await jsm.streams.purge(`OBJ_${this.name}`, { filter })
    })
  }

  private async getObject(id: string, sha256: string): Promise<Buffer | undefined> {
    for (let attempt = 0; ; attempt++) {
      const data = await this.link.persist(async () => {
        const objects = await this.objects()
        try {
          return await objects.getBlob(id)
        } catch (error) {
          // The client says so of an object that is damaged.
          if (error instanceof Error && /digest|corrupt|received/i.test(error.message)) return null
          throw error
        }
      })
      const found = data ? Buffer.from(data) : undefined
      // A replica that lags behind has only a part of it yet.
      if ((found !== undefined && digestOf(found) === sha256) || this.replicas === 1 || attempt === 3) return found
      await this.link.pause(250)
    }
  }

  private async make(peer: Peer): Promise<ObjectStore> {
    const { Objm } = peer.clients.obj
    const store = await new Objm(peer.js).create(this.name, { replicas: this.replicas })
    await waitUntilUp(peer, `$O.${this.name}.M`)
    return store
  }

  private async objects(): Promise<ObjectStore> {
    const peer = await this.link.peer()
    let store = this.stores.get(peer)
    if (store === undefined) {
      store = this.make(peer)
      this.stores.set(peer, store)
    }
    try {
      return await store
    } catch (error) {
      this.stores.delete(peer)
      throw error
    }
  }
}

function digestOf(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('base64url')
}

function paddedBase64Url(text: string): string {
  const encoded = Buffer.from(text).toString('base64url')
  return encoded.padEnd(Math.ceil(encoded.length / 4) * 4, '=')
}
