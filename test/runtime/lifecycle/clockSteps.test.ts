import { describe, expect, test } from 'vitest'
import { startPreloaded } from '../../support/startProcess.ts'

const HOUR = 3_600_000
const preload = new URL('../support/settableClock.ts', import.meta.url)
const script = new URL('../support/waitingPlaces.ts', import.meta.url)

const OUTCOMES = [
  'snapshotAfter: 3',
  'a save that takes its time: 1,2',
  'a gap that is never filled: 5',
  'a gap that is filled in time: 1,2,3,4,5',
  'a run shorter than resetAfter: 1,2',
  'a run longer than resetAfter: 1,1',
  'a wait: TimeoutError',
  'stop(): TimeoutError',
  'polling: 1',
  'a stretch of work: turned',
  'an exclusive run: live',
  'a source: live',
  'partitions: caught up',
  'a worker that died: 2 partitions',
]

describe('no wait is longer or shorter for a clock', { timeout: 60_000 }, () => {
  test.each([
    ['an hour forward', HOUR],
    ['an hour back', -HOUR],
    ['60 days forward', 1_440 * HOUR],
    ['60 days back', -1_440 * HOUR],
  ])('that is set %s in the middle of it', async (_, by) => {
    const process = startPreloaded(preload, script, `${by}`)
    await process.stops()
    expect([...process.said].sort()).toEqual([...OUTCOMES].sort())
  })
})
