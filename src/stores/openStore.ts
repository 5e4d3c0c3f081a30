import { inspect } from '../../operators/model/errors/inspect.ts'
import { StoreError } from '../../operators/model/errors/StoreError.ts'
import type { EventType } from '../../operators/model/event.ts'
import type { OpenStore } from '../../operators/model/store.ts'

/** What opens the rest of a URL, by its scheme. An adapter, and its driver, is loaded when it is asked for. */
const ADAPTERS: Readonly<Record<string, (rest: string) => Promise<OpenStore>>> = {
  memory: async (rest) => {
    if (rest !== '')
      throw new TypeError(`a memory store has no name: its url is "memory:", not ${inspect(`memory:${rest}`)}`)
    return (await import('./memory/memory.ts')).memory()
  },
  sqlite: async (rest) => {
    if (rest === '') throw new TypeError('the url of a sqlite store names a file: "sqlite:events.db"')
    return (await import('./sqlite/sqlite.ts')).sqlite(rest) as OpenStore
  },
  postgres: (rest) => openPostgres(`postgres:${rest}`),
  postgresql: (rest) => openPostgres(`postgresql:${rest}`),
  nats: async (rest) => opened((await import('./nats/fromUrl.ts')).natsFromUrl(rest)),
}

async function openPostgres(connectionString: string): Promise<OpenStore> {
  return opened((await import('./postgres/postgres.ts')).postgres({ connectionString }))
}

/** Connects now: who opens a store by its URL hears at once that it cannot be reached. */
async function opened(store: { open(): Promise<void> } & AsyncDisposable): Promise<OpenStore> {
  try {
    await store.open()
  } catch (error) {
    await store[Symbol.asyncDispose]()
    throw error
  }
  return store as unknown as OpenStore
}

/**
 * Opens a store by its URL.
 *
 * | URL | store |
 * | --- | --- |
 * | `memory:` | a new `memory()` |
 * | `sqlite:FILE` | `sqlite(FILE)`; the file's path as it is, relative to the working directory or absolute |
 * | `postgres://…`, `postgresql://…` | `postgres({ connectionString })` with the URL as it is; connected, its tables in place |
 * | `nats://HOST:PORT/STREAM` | `nats({ servers, stream })`; several hosts with commas, `?replicas=3` at the end; connected, its stream in place |
 *
 * A scheme's adapter is loaded when it is asked for.
 *
 * @throws {TypeError} (as a rejection) what was given is no URL of a store.
 * @throws {StoreError} (as a rejection) there is no adapter for the scheme, or the store cannot be opened.
 */
export async function openStore<E extends EventType = EventType>(url: string): Promise<OpenStore<E>> {
  const [, scheme, rest] = (typeof url === 'string' && /^([a-z][a-z+.-]*):(.*)$/s.exec(url)) || []
  if (scheme === undefined || rest === undefined) {
    throw new TypeError(`url must be a store's URL, such as "sqlite:events.db", not ${inspect(url)}`)
  }
  const open = Object.hasOwn(ADAPTERS, scheme) ? ADAPTERS[scheme] : undefined
  if (open === undefined) {
    throw new StoreError(scheme, `there is no such kind of store; there are ${Object.keys(ADAPTERS).join(', ')}`)
  }
  return (await open(rest)) as unknown as OpenStore<E>
}
