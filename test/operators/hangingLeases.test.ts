import { exclusively, type Lease, LeaseLostError, type LeaseStore, TimeoutError } from 'rx-projection/operators'
import { NEVER, Subject } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { record } from '../runtime/support/record.ts'
import { promises, VirtualTime } from '../runtime/support/VirtualTime.ts'

const never = (): Promise<never> => new Promise(() => undefined)

/** Leases that are free, and do what a test says. */
function leasesThat(more: Partial<LeaseStore>): LeaseStore {
  return {
    acquire: (name, { owner }) => ({ name, owner, epoch: 1 }),
    renew: () => undefined,
    release: () => undefined,
    ...more,
  }
}

function hold(time: VirtualTime, leases: LeaseStore) {
  const told: unknown[] = []
  const onError = (error: unknown) => told.push([time.frame, error])
  const options = { leases, name: 'n', owner: 'me', ttl: 900, onError }
  return { told, output: record(NEVER.pipe(exclusively(options, time)), time) }
}

const tookTooLong = (operation: string, timeout: number) => ({ name: 'TimeoutError', operation, timeout })

describe('a store of leases that does not answer', () => {
  test('an acquire: a TimeoutError after ttl ms, which can be retried', async () => {
    const time = new VirtualTime()
    const { output } = hold(time, leasesThat({ acquire: never }))
    await time.passTo(899)
    expect(output.error).toBeUndefined()
    await time.passTo(900)
    expect(output.error).toBeInstanceOf(TimeoutError)
    expect(output.error).toMatchObject(tookTooLong('acquiring the lease "n"', 900))
    expect(output.error).not.toHaveProperty('retryable', false)
    expect(time.timers).toBe(0)
  })

  test('an acquire that is answered after that: the lease is released', async () => {
    const time = new VirtualTime()
    const released: Lease[] = []
    const lease = { name: 'n', owner: 'me', epoch: 7 }
    hold(
      time,
      leasesThat({
        acquire: () => new Promise((done) => time.schedule(() => done(lease), 1_000)),
        release: (given) => void released.push(given),
      }),
    )
    await time.passTo(2_000)
    expect(released).toEqual([lease])
  })

  test('an acquire that nobody waits for any longer leaves no timer; its lease is released', async () => {
    const time = new VirtualTime()
    const released: Lease[] = []
    const lease = { name: 'n', owner: 'me', epoch: 7 }
    let answer = (_: Lease): void => undefined
    const acquire = (): Promise<Lease> =>
      new Promise((done) => {
        answer = done
      })
    const { output } = hold(time, leasesThat({ acquire, release: (given) => void released.push(given) }))
    output.unsubscribe()
    expect(time.timers).toBe(0)
    answer(lease)
    await promises()
    expect(released).toEqual([lease])
  })

  test('a renewal: the timeout is reported after a third of ttl, and another renewal follows immediately', async () => {
    const time = new VirtualTime()
    let renewals = 0
    const { told, output } = hold(time, leasesThat({ renew: () => (++renewals === 1 ? never() : undefined) }))
    await time.passTo(599)
    expect([told, renewals]).toEqual([[], 1])
    await time.passTo(600)
    expect(told).toMatchObject([[600, tookTooLong('renewing the lease "n"', 300)]])
    expect(renewals).toBe(2)
    await time.passTo(5_000)
    expect(output.error).toBeUndefined()
  })

  test('no renewal at all: the lease is lost after ttl ms', async () => {
    const time = new VirtualTime()
    const { told, output } = hold(time, leasesThat({ renew: never }))
    await time.passTo(899)
    expect(output.error).toBeUndefined()
    await time.passTo(900)
    expect(output.error).toBeInstanceOf(LeaseLostError)
    expect(told).toHaveLength(1)
    await time.passTo(5_000)
    expect([told.length, time.timers]).toEqual([1, 0])
  })

  test('a release: the timeout is reported, nobody waits for it', async () => {
    const time = new VirtualTime()
    const { told, output } = hold(time, leasesThat({ release: never }))
    output.unsubscribe()
    await time.passTo(300)
    expect(told).toMatchObject([[300, tookTooLong('releasing the lease "n"', 300)]])
    expect(time.timers).toBe(0)
  })
})

test('hints that complete, as when a store is closed: a standby asks once more', async () => {
  const time = new VirtualTime()
  const hints$ = new Subject<void>()
  let isClosed = false
  const acquire = (): undefined => {
    if (isClosed) throw new Error('closed')
  }
  const { output } = hold(time, leasesThat({ acquire, hints$ }))
  isClosed = true
  hints$.complete()
  expect(String(output.error)).toBe('Error: closed')
})

test('calls that are answered with values create no timer', () => {
  const time = new VirtualTime()
  hold(time, leasesThat({}))
  expect(time.timers).toBe(1)
})
