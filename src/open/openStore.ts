import { inspect } from '../../operators/model/errors/inspect.ts'
import type { EventType } from '../../operators/model/event.ts'
import { StoreError } from '../../operators/ports/errors/StoreError.ts'
import type { OpenStore } from '../../operators/ports/store.ts'

/** Opens the rest of a URL, by its scheme. An adapter and its driver are loaded only when they are needed. */
const ADAPTERS: Readonly<Record<string, (rest: string) => Promise<OpenStore>>> = {
  memory: async (rest) => {
    if (rest !== '')
      throw new TypeError(`a memory store has no name: its url is "memory:", not ${inspect(`memory:${rest}`)}`)
    return (await import('../stores/memory/memory.ts')).memory()
  },
  sqlite: async (rest) => {
    checkFile(rest)
    return (await import('../stores/sqlite/sqlite.ts')).sqlite(rest) as OpenStore
  },
  postgres: (rest) => openPostgres('postgres', rest),
  postgresql: (rest) => openPostgres('postgresql', rest),
  nats: async (rest) => opened((await import('../stores/nats/natsFromUrl.ts')).natsFromUrl(rest)),
}

/**
 * Refuses two slashes. Other tools read them as a host, as a file relative to the working directory, or as a file at the root
 * of the file system. A wrong guess would create an empty log in an unexpected place.
 */
function checkFile(rest: string): void {
  if (rest === '') throw new TypeError('the url of a sqlite store names a file: "sqlite:events.db"')
  if (!rest.startsWith('//')) return
  const file = rest.replace(/^\/+/, '')
  const spellings = file === '' ? '"sqlite:events.db"' : `"sqlite:${file}" or "sqlite:/${file}"`
  throw new TypeError(
    `the url of a sqlite store is the path of its file, without "//": ${spellings}, not ${inspect(`sqlite:${rest}`)}`,
  )
}

async function openPostgres(scheme: string, rest: string): Promise<OpenStore> {
  if (!/^\/\/./s.test(rest)) {
    throw new TypeError(`the url of a postgres store names a server and a database: "${scheme}://localhost/bank"`)
  }
  return opened((await import('../stores/postgres/postgres.ts')).postgres({ connectionString: `${scheme}:${rest}` }))
}

/** Connects now, so that opening a store by its URL fails immediately if the store cannot be reached. */
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
 * | `sqlite:FILE` | `sqlite(FILE)`; the file's path unchanged, relative to the working directory or absolute |
 * | `postgres://…`, `postgresql://…` | `postgres({ connectionString })` with the URL unchanged; connected, its tables in place |
 * | `nats://HOST:PORT/STREAM` | `nats({ servers, stream })`; several hosts with commas, `?replicas=3` at the end; connected, its stream in place |
 *
 * A scheme's adapter is loaded only when it is needed. `sqlite://…` is refused, because it is ambiguous which file it means.
 *
 * @throws {TypeError} (as a rejection) the value is not a URL of a store; the message shows the correct spelling.
 * @throws {StoreError} (as a rejection) there is no adapter for the scheme, or the store cannot be opened.
 */
export async function openStore<E extends EventType = EventType>(url: string): Promise<OpenStore<E>> {
  const [, written, rest] = (typeof url === 'string' && /^([a-z][a-z\d+.-]*):(.*)$/is.exec(url)) || []
  // A letter and a colon: the drive of a path on Windows.
  if (written === undefined || rest === undefined || written.length === 1) {
    throw new TypeError(`url must be a store's URL, such as "sqlite:events.db", not ${inspect(url)}${hint(url)}`)
  }
  const scheme = written.toLowerCase()
  const open = Object.hasOwn(ADAPTERS, scheme) ? ADAPTERS[scheme] : undefined
  if (open === undefined) {
    throw new StoreError(scheme, `there is no such kind of store; there are ${Object.keys(ADAPTERS).join(', ')}`)
  }
  return (await open(rest)) as unknown as OpenStore<E>
}

/** The intended spelling, if it can be determined. */
function hint(url: unknown): string {
  if (url === ':memory:') return '; the url of a memory store is "memory:"'
  const isPath = typeof url === 'string' && /^(?:[a-z]:[\\/]|\.{0,2}\/)|\.(?:db|sqlite3?)$/i.test(url)
  return isPath ? `; the url of a SQLite file begins with its kind: ${inspect(`sqlite:${url}`)}` : ''
}
