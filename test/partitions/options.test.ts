import { memory, startPartitioned } from 'rx-projection'
import { describe, expect, test } from 'vitest'
import { seen } from './support/seen.ts'

describe('startPartitioned', () => {
  test('checks its options', () => {
    const store = memory()
    const start = (more: object) => () => startPartitioned(seen, { store, partitions: 4, ...more })
    expect(start({ partitions: 0 })).toThrow(RangeError)
    expect(start({ ttl: 0 })).toThrow(RangeError)
    expect(start({ worker: '' })).toThrow(TypeError)
    expect(start({ store: { ...store, leases: undefined } })).toThrow(TypeError)
    expect(start({ store: { ...store, snapshots: undefined } })).toThrow(TypeError)
    expect(start({ exclusive: true })).toThrow('unknown option: exclusive')
    expect(start({ pages: 7 })).toThrow('unknown option: pages')
    expect(start({ pageSize: 0 })).toThrow(RangeError)
  })
})
