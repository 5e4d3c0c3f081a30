import { EventEmitter } from 'node:events'
import { DatabaseSync } from 'node:sqlite'
import { sqlite } from 'rx-projection/sqlite'
import { firstValueFrom } from 'rxjs'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { newFile } from '../support/folder.ts'

/** A watcher as the system gives one, which notices what it is told to. */
class FakeWatcher extends EventEmitter {
  closed = false
  readonly path: string
  readonly notice: () => void

  constructor(path: string, notice: () => void) {
    super()
    this.path = path
    this.notice = notice
  }

  close(): void {
    this.closed = true
  }
}

/** What stands in for the system's `watch`. Absent: the system's own. */
let watchInstead: ((path: string, options: { persistent: boolean }, listener: () => void) => FakeWatcher) | undefined

vi.mock('node:fs', async (original) => {
  const actual = await original<typeof import('node:fs')>()
  const watch = (path: string, options: { persistent: boolean }, listener: () => void) =>
    (watchInstead ?? actual.watch)(path, options, listener)
  return { ...actual, watch }
})

afterEach(() => {
  watchInstead = undefined
  vi.useRealTimers()
})

const event = { type: 'A', payload: 1 }

function commitElsewhere(path: string): void {
  const db = new DatabaseSync(path)
  db.exec("INSERT INTO rx_positions VALUES ('other', 1) ON CONFLICT DO UPDATE SET position = position + 1")
  db.close()
}

describe('the hints of a SQLite store', () => {
  test('come with own appends, when these have committed', async () => {
    await using store = sqlite(newFile())
    const hints: unknown[] = []
    const subscription = store.events.hints$.subscribe((hint) => hints.push(hint))
    await store.events.append('a', [event])
    await store.events.append('a', [event, event])
    await store.events.append('a', []).catch(() => undefined)
    subscription.unsubscribe()
    await store.events.append('a', [event])
    expect(hints).toHaveLength(2)
  })

  test('come when another connection has committed', async () => {
    const path = newFile()
    await using store = sqlite(path)
    const hint = firstValueFrom(store.events.hints$, { defaultValue: 'none' })
    commitElsewhere(path)
    expect(await hint).toBeUndefined()
  })

  test('complete with the disposal', async () => {
    const store = sqlite(newFile())
    const ends: string[] = []
    store.events.hints$.subscribe({ complete: () => ends.push('open before') })
    await store[Symbol.asyncDispose]()
    store.events.hints$.subscribe({ complete: () => ends.push('opened after'), error: () => ends.push('error') })
    expect(ends).toEqual(['open before', 'opened after'])
  })
})

describe('the watch of a file', () => {
  const watchers: FakeWatcher[] = []

  beforeEach(() => {
    vi.useFakeTimers()
    watchers.length = 0
    watchInstead = (path, _, notice) => {
      const watcher = new FakeWatcher(path, notice)
      watchers.push(watcher)
      return watcher
    }
  })

  test('is one for all subscribers, and ends with the last', async () => {
    const path = newFile()
    await using store = sqlite(path)
    expect(watchers).toEqual([])
    const first = store.events.hints$.subscribe()
    const second = store.events.hints$.subscribe()
    expect(watchers.map((watcher) => watcher.path)).toEqual([`${path}-wal`])
    watchers[0]!.notice()
    first.unsubscribe()
    expect(watchers[0]!.closed).toBe(false)
    second.unsubscribe()
    expect(watchers[0]!.closed).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
    store.events.hints$.subscribe().unsubscribe()
    expect(watchers).toHaveLength(2)
  })

  test('ends with the disposal', async () => {
    const store = sqlite(newFile())
    store.events.hints$.subscribe()
    watchers[0]!.notice()
    await store[Symbol.asyncDispose]()
    expect(watchers[0]!.closed).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('does not hint at own commits, nor at writes that are no commit', async () => {
    await using store = sqlite(newFile())
    let hints = 0
    store.events.hints$.subscribe(() => hints++)
    store.positions.save('a', 1)
    watchers[0]!.notice()
    vi.advanceTimersByTime(10_000)
    expect(hints).toBe(0)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('looks again for a while: a commit is seen a moment after its last byte was written', async () => {
    const path = newFile()
    await using store = sqlite(path)
    let hints = 0
    store.events.hints$.subscribe(() => hints++)
    watchers[0]!.notice()
    expect(hints).toBe(0)
    commitElsewhere(path)
    vi.advanceTimersByTime(1)
    expect(hints).toBe(1)
    commitElsewhere(path)
    vi.advanceTimersByTime(3)
    expect(hints).toBe(1)
    vi.advanceTimersByTime(1)
    expect(hints).toBe(2)
  })

  test.each([
    ['cannot be had', true],
    ['breaks', false],
  ])('is a look every second where it %s', async (_, never) => {
    if (never) {
      watchInstead = () => {
        throw new Error('no watchers left')
      }
    }
    const path = newFile()
    await using store = sqlite(path)
    let hints = 0
    const subscription = store.events.hints$.subscribe(() => hints++)
    watchers[0]?.emit('error', new Error('the system gave it up'))
    vi.advanceTimersByTime(3_000)
    expect(hints).toBe(0)
    commitElsewhere(path)
    vi.advanceTimersByTime(999)
    expect(hints).toBe(0)
    vi.advanceTimersByTime(1)
    expect(hints).toBe(1)
    vi.advanceTimersByTime(3_000)
    expect(hints).toBe(1)
    subscription.unsubscribe()
    expect(vi.getTimerCount()).toBe(0)
  })

  test('that finds the file broken errors, so that its reader begins anew', async () => {
    const path = newFile()
    const store = sqlite(path)
    const errors: unknown[] = []
    store.events.hints$.subscribe({ error: (error: unknown) => errors.push(error) })
    const db = store.transactions.run(({ context }) => context.db)
    if (db instanceof DatabaseSync) db.close()
    watchers[0]!.notice()
    expect(errors).toHaveLength(1)
    expect(vi.getTimerCount()).toBe(0)
  })
})
