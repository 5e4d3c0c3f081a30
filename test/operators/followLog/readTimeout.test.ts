import { followLog, type LogPage, processEvents, type ReadOptions, retryWithJitter } from 'rx-projection/operators'
import { eventsOf } from 'rx-projection/testing'
import { NEVER } from 'rxjs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { promises, VirtualTime } from '../../runtime/support/VirtualTime.ts'
import { controlled } from '../../support/controlled.ts'
import { record } from '../../support/record.ts'
import { TestLog } from '../../support/TestLog.ts'

const { a, b, c } = eventsOf('abc')

/** A log whose reads are answered when the test wants it. */
function slowLog() {
  const log = new TestLog(a, b, c)
  const read = controlled<[options: ReadOptions], LogPage>()
  log.read = read
  const signal = (index: number): AbortSignal => read.calls[index]!.args[0].signal!
  const answer = (index: number) => read.calls[index]!.resolve(log.pageOf(read.calls[index]!.args[0]))
  return { log, reads: read.calls, signal, answer }
}

describe('followLog with a readTimeout', () => {
  it('aborts a read that does not answer within that time, and errors with a TimeoutError that names the read', async () => {
    const time = new VirtualTime()
    const { log, signal } = slowLog()
    const recorded = record(followLog(log, { after: 1, readTimeout: 200 }, time))
    await time.passTo(199)
    expect([recorded.failed, signal(0).aborted]).toEqual([false, false])
    await time.passTo(200)
    expect(recorded.error).toMatchObject({ name: 'TimeoutError', timeout: 200, retryable: true })
    expect(recorded.error).toHaveProperty('message', 'the read after position 1 took longer than 200 ms')
    expect(signal(0).aborted).toBe(true)
    expect(signal(0).reason).toBe(recorded.error)
    expect([time.timers, log.hints$.observed]).toEqual([0, false])
  })

  it('waits 30 000 ms by default', async () => {
    const time = new VirtualTime()
    const recorded = record(followLog(slowLog().log, {}, time))
    await time.passTo(29_999)
    expect(recorded.failed).toBe(false)
    await time.passTo(30_000)
    expect(recorded.error).toMatchObject({ name: 'TimeoutError', timeout: 30_000 })
  })

  it('waits forever with Infinity, and has no timer', async () => {
    const time = new VirtualTime()
    const { log, answer } = slowLog()
    const recorded = record(followLog(log, { readTimeout: Number.POSITIVE_INFINITY }, time))
    expect(time.timers).toBe(0)
    await time.passTo(2 ** 31)
    await answer(0)
    expect(recorded.values).toStrictEqual([[a, b, c]])
    recorded.subscription.unsubscribe()
  })

  it('ignores a later answer of the read', async () => {
    const time = new VirtualTime()
    const { log, answer } = slowLog()
    const recorded = record(followLog(log, { readTimeout: 200 }, time))
    await time.passTo(200)
    await answer(0)
    expect(recorded).toMatchObject({ values: [], failed: true })
  })

  it('leaves no later rejection unhandled', async () => {
    const unhandled: unknown[] = []
    const note = (reason: unknown): void => void unhandled.push(reason)
    process.on('unhandledRejection', note)
    onTestFinished(() => void process.off('unhandledRejection', note))
    const time = new VirtualTime()
    const { log, reads } = slowLog()
    const recorded = record(followLog(log, { readTimeout: 200 }, time))
    await time.passTo(200)
    await reads[0]!.reject(new Error('aborted'))
    await promises()
    expect(recorded.error).toMatchObject({ name: 'TimeoutError' })
    expect(unhandled).toEqual([])
  })

  it('ignores a rejection that the abort itself causes', async () => {
    const time = new VirtualTime()
    const log = new TestLog(a)
    log.read = ({ signal }) =>
      ({
        // biome-ignore lint/suspicious/noThenProperty: a promise that rejects while it is told
        then: (_: unknown, failed: (error: unknown) => void) =>
          void signal?.addEventListener('abort', () => failed(new Error('aborted'))),
      }) as never
    const recorded = record(followLog(log, { readTimeout: 200 }, time))
    await time.passTo(200)
    expect(recorded.error).toMatchObject({ name: 'TimeoutError' })
  })

  it('measures each read separately, with one timer for consecutive reads', async () => {
    const time = new VirtualTime()
    const { log, answer, reads } = slowLog()
    const recorded = record(followLog(log, { pageSize: 1, readTimeout: 200 }, time))
    const [timer] = time.actions
    await time.passTo(150)
    await answer(0)
    expect(time.actions).toEqual([timer])
    await time.passTo(300)
    await answer(1)
    expect(reads).toHaveLength(3)
    expect([time.timers, recorded.failed]).toEqual([1, false])
    await time.passTo(499)
    expect(recorded.failed).toBe(false)
    await time.passTo(500)
    expect(recorded.error).toHaveProperty('message', 'the read after position 2 took longer than 200 ms')
    expect(recorded.values).toStrictEqual([[a], [b]])
  })

  it('accepts an answer that the busy event loop delayed: the loop turns once more', async () => {
    const time = new VirtualTime()
    const { log, answer } = slowLog()
    const recorded = record(followLog(log, { readTimeout: 200 }, time))
    // Some work lasts for 1 000 ms. Its timer runs before what has come meanwhile is read.
    time.frame = 1_000
    const [timer] = time.actions.splice(0, 1)
    timer?.execute(undefined as never, 0)
    await answer(0)
    await time.passTo(1_200)
    expect(recorded).toMatchObject({ values: [[a, b, c]], failed: false })
    recorded.subscription.unsubscribe()
  })

  it('does not count the time of handlers', async () => {
    const time = new VirtualTime()
    const { log, answer } = slowLog()
    const handler = controlled<[event: unknown], void>()
    const handled = processEvents(handler, { savePosition: () => undefined })
    const recorded = record(followLog(log, { pageSize: 1, readTimeout: 200 }, time).pipe(handled))
    await answer(0)
    await time.passTo(1_000)
    expect(recorded.failed).toBe(false)
    await handler.calls[0]!.resolve()
    await time.passTo(1_199)
    expect(recorded.failed).toBe(false)
    await time.passTo(1_200)
    expect(recorded.error).toMatchObject({ name: 'TimeoutError' })
  })

  it('has no timer for reads that answer with a value', () => {
    const time = new VirtualTime()
    const { subscription } = record(followLog(new TestLog(a, b), { catchUpAfter: 7, pageSize: 1 }, time))
    expect(time.actions.map(({ delay }) => delay)).toEqual([7])
    subscription.unsubscribe()
  })

  it('leaves nothing behind when a hanging read is unsubscribed', () => {
    const time = new VirtualTime()
    const { log, signal } = slowLog()
    const { subscription } = record(followLog({ events: { ...log, read: log.read, reconnects$: NEVER } }, {}, time))
    expect(time.timers).toBe(1)
    subscription.unsubscribe()
    expect([time.timers, log.hints$.observed, signal(0).aborted]).toEqual([0, false, true])
  })

  it('can be retried: a new subscription reads with its own signal', async () => {
    const time = new VirtualTime()
    const { log, answer, signal } = slowLog()
    const retried = followLog(log, { readTimeout: 200 }, time).pipe(
      retryWithJitter({ delay: 100, entropy: 0 }, () => 0, time),
    )
    const { values, subscription } = record(retried)
    await time.passTo(300)
    expect([signal(0).aborted, signal(1).aborted]).toEqual([true, false])
    await answer(0)
    await answer(1)
    expect(values).toStrictEqual([[a, b, c]])
    subscription.unsubscribe()
  })
})
