import { type LogPage, type OpenStore, PositionConflictError, RevisionConflictError } from 'rx-projection'
import { type SqliteContext, type SqliteStore, sqlite } from 'rx-projection/sqlite'
import { describe, expect, onTestFinished, test } from 'vitest'
import { newFile } from '../support/folder.ts'

const event = { type: 'A', payload: 1 }

/** A store with a table `mails`. */
function open(path = ':memory:'): SqliteStore {
  const store = sqlite(path)
  onTestFinished(() => store[Symbol.asyncDispose]())
  store.transactions.run(({ context }) => context.db.exec('CREATE TABLE mails (mail TEXT)'))
  return store
}

function send(context: SqliteContext, mail: string): void {
  context.db.prepare('INSERT INTO mails VALUES (?)').run(mail)
}

function mailsOf(store: SqliteStore): unknown {
  return store.transactions.run(({ context }) =>
    context.db
      .prepare('SELECT mail FROM mails')
      .all()
      .map(({ mail }) => mail),
  )
}

const headOf = (store: OpenStore): number => (store.events.read({ after: 0, limit: 1 }) as LogPage).head

describe('a transaction of a SQLite store', () => {
  test('commits what was written through context.db together with the position, and gives the result', () => {
    const path = newFile()
    const store = open(path)
    const result = store.transactions.run(({ context, positions }) => {
      send(context, 'one')
      positions.save('mailer', 1, { expected: 0 })
      return 'sent'
    })
    expect(result).toBe('sent')
    const other = sqlite(path)
    expect(mailsOf(other)).toEqual(['one'])
    expect(other.positions.load('mailer')).toBe(1)
    void other[Symbol.asyncDispose]()
  })

  test('leaves nothing behind when the work throws', () => {
    const store = open()
    const planned = new Error('planned')
    const work = () =>
      store.transactions.run(({ context, positions }) => {
        send(context, 'one')
        positions.save('mailer', 1)
        store.snapshots.save('mails', 1, { offset: 1, state: 1 })
        void store.events.append('a', [event])
        throw planned
      })
    expect(work).toThrow(planned)
    expect(mailsOf(store)).toEqual([])
    expect(store.positions.load('mailer')).toBe(0)
    expect(store.snapshots.load('mails', 1)).toBeUndefined()
    expect(headOf(store)).toBe(0)
  })

  test('leaves nothing behind when the position has been moved by somebody else', () => {
    const store = open()
    store.positions.save('mailer', 5)
    const work = () =>
      store.transactions.run(({ context, positions }) => {
        send(context, 'one')
        positions.save('mailer', 1, { expected: 0 })
      })
    expect(work).toThrow(PositionConflictError)
    expect(mailsOf(store)).toEqual([])
    expect(store.positions.load('mailer')).toBe(5)
  })

  test('rolls a position back that was saved before the work throws, also where context.db was not used', () => {
    const store = open()
    const work = () =>
      store.transactions.run(({ positions }) => {
        positions.save('mailer', 1)
        throw new Error('planned')
      })
    expect(work).toThrow('planned')
    expect(store.positions.load('mailer')).toBe(0)
  })

  test('rolls back and rejects with a TypeError, after its end, where work that used context.db is asynchronous', async () => {
    const store = open()
    let end = (): void => undefined
    const ended = new Promise<void>((resolve) => {
      end = resolve
    })
    let settled = false
    const run = Promise.resolve(
      store.transactions.run(({ context }) => {
        send(context, 'one')
        return ended
      }),
    ).finally(() => {
      settled = true
    })
    expect(mailsOf(store)).toEqual([])
    await Promise.resolve()
    expect(settled).toBe(false)
    end()
    await expect(run).rejects.toThrow(TypeError)
  })

  test('keeps as the cause what asynchronous work that used context.db rejects with', async () => {
    const store = open()
    const planned = new Error('planned')
    const run = store.transactions.run(({ context }) => {
      send(context, 'one')
      return Promise.reject(planned)
    })
    await expect(run).rejects.toMatchObject({ name: 'TypeError', retryable: false, cause: planned })
  })

  test('moves no position behind work that was rolled back because it is asynchronous', async () => {
    const store = open()
    const run = store.transactions.run(async ({ context, positions }) => {
      send(context, 'one')
      await Promise.resolve()
      positions.save('mailer', 1)
    })
    await expect(run).rejects.toMatchObject({ name: 'TypeError', retryable: false })
    expect(store.positions.load('mailer')).toBe(0)
  })

  test('gives the position as it stands within it', () => {
    const store = open()
    store.transactions.run(({ positions }) => {
      positions.save('mailer', 3)
      expect(positions.load('mailer')).toBe(3)
    })
  })

  test('lets work be asynchronous that does not use context.db, and saves its position on its own', async () => {
    const store = open()
    const result = await store.transactions.run(async ({ positions }) => {
      await Promise.resolve()
      positions.save('mailer', 1, { expected: 0 })
      return 'sent'
    })
    expect(result).toBe('sent')
    expect(store.positions.load('mailer')).toBe(1)
  })

  test('keeps context.db out of reach after the synchronous part of the work', async () => {
    const store = open()
    const late = store.transactions.run(async ({ context }) => {
      await Promise.resolve()
      send(context, 'late')
    })
    await expect(late).rejects.toMatchObject({ name: 'TypeError', retryable: false })
    let kept: SqliteContext | undefined
    store.transactions.run(({ context }) => {
      send(context, 'one')
      kept = context
    })
    expect(() => send(kept!, 'two')).toThrow(/out of reach/)
    expect(mailsOf(store)).toEqual(['one'])
  })

  test('joins an append, and hints at it after the commit, once', async () => {
    const store = open()
    const hints: number[] = []
    store.events.hints$.subscribe(() => hints.push(headOf(store)))
    let within: readonly number[] = []
    store.transactions.run(({ context }) => {
      send(context, 'one')
      void store.events.append('a', [event])
      void store.events.append('a', [event])
      within = [...hints, headOf(store)]
    })
    expect(within).toEqual([2])
    expect(hints).toEqual([2])
  })

  test('hints at nothing that was rolled back', () => {
    const store = open()
    let hints = 0
    store.events.hints$.subscribe(() => hints++)
    const work = () =>
      store.transactions.run(({ context }) => {
        send(context, 'one')
        void store.events.append('a', [event])
        throw new Error('planned')
      })
    expect(work).toThrow('planned')
    store.positions.save('mailer', 1, { expected: 0 })
    expect(hints).toBe(0)
  })

  test('fails with the error of an append that fails within it, which nobody can await', () => {
    const store = open()
    const work = () =>
      store.transactions.run(({ context, positions }) => {
        send(context, 'one')
        void store.events.append('a', [event], { expectedRevision: 7 })
        positions.save('mailer', 1, { expected: 0 })
      })
    expect(work).toThrow(RevisionConflictError)
    expect(mailsOf(store)).toEqual([])
    expect(store.positions.load('mailer')).toBe(0)
    store.transactions.run(({ context }) => send(context, 'two'))
    expect(mailsOf(store)).toEqual(['two'])
  })

  test('within another one is undone alone, or with it', () => {
    const store = open()
    store.transactions.run(({ context }) => {
      send(context, 'outer')
      const inner = () =>
        store.transactions.run(({ context: own }) => {
          send(own, 'undone')
          throw new Error('planned')
        })
      expect(inner).toThrow('planned')
      store.transactions.run(({ context: own }) => send(own, 'inner'))
    })
    expect(mailsOf(store)).toEqual(['outer', 'inner'])
    const work = () =>
      store.transactions.run(({ context }) => {
        send(context, 'outer')
        store.transactions.run(({ context: own }) => send(own, 'inner'))
        throw new Error('planned')
      })
    expect(work).toThrow('planned')
    expect(mailsOf(store)).toEqual(['outer', 'inner'])
  })

  test('must be begun before another one is run within it', () => {
    const store = open()
    store.transactions.run(({ context }) => {
      store.transactions.run((inner) => {
        send(inner.context, 'inner')
        expect(() => send(context, 'outer')).toThrow(TypeError)
      })
      send(context, 'later')
    })
    expect(mailsOf(store)).toEqual(['inner', 'later'])
  })

  test('is for the store to end', () => {
    const store = open()
    const work = () =>
      store.transactions.run(({ context }) => {
        send(context, 'one')
        context.db.exec('ROLLBACK')
      })
    expect(work).toThrow(TypeError)
    store.transactions.run(({ context }) => send(context, 'two'))
    expect(mailsOf(store)).toEqual(['two'])
  })

  test('begins with the first look at context.db, so that work without one holds no lock', () => {
    const path = newFile()
    const store = open(path)
    const other = sqlite(path, { busyTimeout: 0 })
    store.transactions.run(({ context }) => {
      other.positions.save('other', 1)
      send(context, 'one')
      expect(() => other.positions.save('other', 2)).toThrow(/locked/)
    })
    expect(other.positions.load('other')).toBe(1)
    void other[Symbol.asyncDispose]()
  })

  test('keeps its store from being closed', async () => {
    const store = open()
    let closing: Promise<void> | undefined
    store.transactions.run(({ context }) => {
      send(context, 'one')
      closing = Promise.resolve(store[Symbol.asyncDispose]())
    })
    await expect(closing).rejects.toThrow(/within its own transaction/)
    expect(mailsOf(store)).toEqual(['one'])
  })
})
