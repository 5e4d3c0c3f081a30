import { hydrate, lastSnapshot, type Snapshot, type SnapshotStore } from 'rx-projection/operators'
import { marbles } from 'rx-projection/testing'
import { config, throwError } from 'rxjs'
import { afterEach, describe, expect, it } from 'vitest'
import { record } from '../support/record.ts'
import { word } from '../support/word.ts'

describe('lastSnapshot', () => {
  afterEach(() => {
    config.onUnhandledError = null
  })

  type Load = SnapshotStore['load']
  const asked: Parameters<Load>[] = []
  const store = (answer: ReturnType<Load>) => ({
    snapshots: {
      load: ((...args) => {
        asked.push(args)
        return answer
      }) as Load,
    },
  })

  it('returns the stored snapshot of the name and the version', () => {
    const snapshot: Snapshot<string> = { offset: 3, state: 'abc' }
    asked.length = 0
    expect(lastSnapshot(store(snapshot), word)()).toBe(snapshot)
    expect(asked).toMatchObject([['word', 1, {}]])
  })

  it('returns the initial snapshot if none is stored', () => {
    expect(lastSnapshot(store(undefined), word)()).toEqual({ offset: 0, state: '' })
  })

  it('returns a promise if the store does', async () => {
    expect(await lastSnapshot(store(Promise.resolve(undefined)), word)()).toEqual({ offset: 0, state: '' })
    expect(await lastSnapshot(store(Promise.resolve({ offset: 1, state: 'a' })), word)()).toEqual({
      offset: 1,
      state: 'a',
    })
  })

  it('asks for the snapshots of an instance', () => {
    asked.length = 0
    lastSnapshot(store(undefined), word, { instance: 'vienna' })()
    expect(asked).toMatchObject([['word@vienna', 1, {}]])
  })

  it('asks the store at each call, not when it is created', () => {
    asked.length = 0
    const load = lastSnapshot(store(undefined), word)
    expect(asked).toHaveLength(0)
    load()
    load()
    expect(asked).toHaveLength(2)
  })

  it('passes on a failure of the store, thrown or rejected', async () => {
    const broken = {
      snapshots: {
        load: () => {
          throw new Error('closed')
        },
      },
    }
    expect(lastSnapshot(broken, word)).toThrow('closed')
    await expect(lastSnapshot(store(Promise.reject(new Error('gone'))), word)()).rejects.toThrow('gone')
    expect(record(hydrate(lastSnapshot(broken, word), () => throwError(() => 'never'))).error).toEqual(
      new Error('closed'),
    )
  })

  it('reports a snapshot that cannot be decoded', () => {
    const told: unknown[] = []
    const undecodable = {
      snapshots: { load: ((...[, , options]) => void options?.onUndecodable?.('bad' as never)) as Load },
    }
    expect(lastSnapshot(undecodable, word, { onUndecodable: (error) => told.push(error) })()).toEqual({
      offset: 0,
      state: '',
    })
    expect(told).toEqual(['bad'])
  })

  it(
    'reports one without a callback where RxJS reports unhandled errors',
    marbles((m) => {
      const unhandled: unknown[] = []
      config.onUnhandledError = (error) => unhandled.push(error)
      const undecodable = {
        snapshots: { load: ((...[, , options]) => void options?.onUndecodable?.('bad' as never)) as Load },
      }
      lastSnapshot(undecodable, word)()
      m.flush()
      expect(unhandled).toEqual(['bad'])
    }),
  )

  it.each([
    ['store', () => lastSnapshot(null as never, word)],
    ['store.snapshots', () => lastSnapshot({} as never, word)],
    ['store.snapshots.load', () => lastSnapshot({ snapshots: {} } as never, word)],
    ['projection', () => lastSnapshot(store(undefined), undefined as never)],
    ['onUndecodable', () => lastSnapshot(store(undefined), word, { onUndecodable: 'log' as never })],
  ])('names the wrong argument %s when it is called', (argument, call) => {
    expect(call).toThrow(TypeError)
    expect(call).toThrow(new RegExp(`^${argument.replaceAll('.', '\\.')} must be`))
  })
})
