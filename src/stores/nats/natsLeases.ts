import { concatMap, EMPTY, filter, Observable, of, take } from 'rxjs'
import { inspect } from '../../../operators/model/errors/inspect.ts'
import { LeaseLostError } from '../../../operators/model/errors/LeaseLostError.ts'
import type { Lease, LeaseStore } from '../../../operators/model/lease.ts'
import { checkName, checkNumber } from '../support/checkArguments.ts'
import { type Bucket, type Entry, type LeaseRecord, leaseKey } from './Bucket.ts'
import { pushedHints } from './hints.ts'
import type { Link } from './link.ts'

/**
 * Makes a place for leases: a record for each, changed by compare-and-set. Time is told by the servers' clock alone, since
 * those of the workers may differ: a record's age is the time between its last change and a message stored now.
 */
export function natsLeases(link: Link, bucket: Bucket): LeaseStore {
  let behind: Promise<number> | undefined

  /** The servers' time, in ms. */
  async function serverNow(): Promise<number> {
    behind ??= measure()
    try {
      return performance.now() + (await behind)
    } catch (error) {
      behind = undefined
      throw error
    }
  }

  async function measure(): Promise<number> {
    const key = `t.${crypto.randomUUID()}`
    await bucket.ready()
    await bucket.put(key, '')
    const { time } = await bucket.get(key)
    await bucket.purge(key)
    // Rather too late than too early: a lease that still holds must not look as if its time were over.
    return time - performance.now()
  }

  async function lost(lease: Lease): Promise<LeaseLostError | undefined> {
    const record = recordOf(await bucket.get(leaseKey(lease.name)))
    return record?.epoch === lease.epoch && record.ttl > 0 ? undefined : lostError(lease)
  }

  function changes(pattern: string): Observable<unknown> {
    return new Observable<unknown>((subscriber) => {
      bucket.ready().then(
        () => {
          if (subscriber.closed) return
          subscriber.add(pushedHints(link, bucket.stream, bucket.subject(pattern)).subscribe(subscriber))
        },
        // Hints may be late; a renewal or a commit tells all the same.
        () => subscriber.complete(),
      )
    })
  }

  return {
    async acquire(name, { owner, ttl }) {
      checkLease(name, ttl)
      checkName('owner', owner)
      const now = await serverNow()
      let epoch = 0
      const taken = await bucket.change(leaseKey(name), (entry) => {
        const record = recordOf(entry)
        if (record !== undefined && entry.time + record.ttl > now) return undefined
        epoch = (record?.epoch ?? 0) + 1
        return JSON.stringify({ owner, epoch, ttl } satisfies LeaseRecord)
      })
      if (!taken) return undefined
      const lease: Lease = { name, epoch, owner }
      const lost$ = changes(leaseKey(name)).pipe(
        concatMap(() => lost(lease).catch(() => undefined)),
        filter((why) => why !== undefined),
        concatMap((why) => (why === undefined ? EMPTY : of(why))),
        take(1),
      )
      return { ...lease, lost$ }
    },
    async renew(lease, { ttl }) {
      checkLease(lease.name, ttl)
      await bucket.change(leaseKey(lease.name), (entry) => {
        const record = recordOf(entry)
        if (record?.epoch !== lease.epoch || record.ttl === 0) throw lostError(lease)
        return JSON.stringify({ ...record, ttl } satisfies LeaseRecord)
      })
    },
    async release(lease) {
      await bucket.change(leaseKey(lease.name), (entry) => {
        const record = recordOf(entry)
        if (record?.epoch !== lease.epoch || record.ttl === 0) return undefined
        return JSON.stringify({ ...record, ttl: 0 } satisfies LeaseRecord)
      })
    },
    hints$: changes('l.*'),
  }
}

function recordOf({ text }: Entry): LeaseRecord | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as LeaseRecord)
}

function lostError({ name, epoch }: Lease): LeaseLostError {
  return new LeaseLostError({ lease: name, epoch })
}

function checkLease(name: unknown, ttl: unknown): void {
  checkName('name', name)
  checkNumber('ttl', ttl)
  if (ttl > 2 ** 31 - 1) throw new RangeError(`ttl must be at most 2147483647 ms, not ${inspect(ttl)}`)
}
