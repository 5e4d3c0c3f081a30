import { describe, expect, test } from 'vitest'
import { CountedReader } from '../../src/reading/CountedReader.ts'
import { sharedReader } from '../../src/reading/PageCache.ts'
import { VirtualTime } from '../runtime/support/VirtualTime.ts'
import { quickLog } from './support/logs.ts'

describe('a reader that is asked for the head of a later read', () => {
  test('gets it from the log, also where a page is kept that is of use', async () => {
    const { read, asked, log } = quickLog(9)
    const events = sharedReader({ read }, new VirtualTime())
    await events.read({ after: 0, limit: 3 })
    const reader = new CountedReader(events, () => () => undefined)
    // Somebody has appended since.
    log.head = 12
    const headOfLaterRead = reader.headOfLaterRead()
    const page = await reader.read({ after: 0, limit: 3 })
    expect(headOfLaterRead()).toBeUndefined()
    reader.dealtWith(page.head)
    expect(headOfLaterRead()).toBe(12)
    expect(asked).toHaveLength(2)
  })

  test('asks the log until such a read has been dealt with, and then shares pages as before', async () => {
    const { read, asked } = quickLog(9)
    const events = sharedReader({ read }, new VirtualTime())
    await events.read({ after: 0, limit: 3 })
    const reader = new CountedReader(events)
    await reader.read({ after: 0, limit: 3 })
    expect(asked).toHaveLength(1)
    reader.headOfLaterRead()
    // This one is not dealt with: it failed, or came too late.
    await reader.read({ after: 0, limit: 3 })
    const { head } = await reader.read({ after: 0, limit: 3 })
    expect(asked).toHaveLength(3)
    reader.dealtWith(head)
    await reader.read({ after: 0, limit: 3 })
    expect(asked).toHaveLength(3)
  })
})
