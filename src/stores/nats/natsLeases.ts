import { concatMap, filter, map, Observable, share, take } from 'rxjs'
import { LeaseLostError } from '../../../operators/model/errors/LeaseLostError.ts'
import type { Lease, LeaseClaim, LeaseStore } from '../../../operators/model/lease.ts'
import { joinedOwner, leftOwner, ownerOf } from '../support/jointOwner.ts'
import { checkLeaseOptions, checkTtl } from '../support/leaseRow.ts'
import { type Bucket, type Entry, type LeaseRecord, leaseKey } from './Bucket.ts'
import { type Hint, pushedHints } from './hints.ts'
import type { Link } from './link.ts'

/** Marks the change that gave a lease back. */
const RELEASED = 'Rx-Released'

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
    await bucket.put(key, '')
    const { time } = await bucket.get(key)
    // Rather behind than ahead: a lease that still holds must not look as if its time were over.
    const behind = time - performance.now()
    await bucket.purge(key)
    return behind
  }

  async function find(name: string): Promise<LeaseRecord | undefined> {
    return recordOf(await bucket.get(leaseKey(name)))
  }

  /** What happens to all leases, pushed once for all who hold or want one. */
  const changes$ = new Observable<Hint>((subscriber) => {
    bucket.ready().then(
      () => {
        if (!subscriber.closed) {
          subscriber.add(pushedHints(link, bucket.stream, bucket.subject('l.*')).subscribe(subscriber))
        }
      },
      // Hints may be missing: a renewal or a commit finds out all the same.
      () => subscriber.complete(),
    )
  }).pipe(share())

  function lost(lease: LeaseClaim): Observable<LeaseLostError> {
    const own = bucket.subject(leaseKey(lease.name))
    return changes$.pipe(
      filter(({ subject }) => subject === undefined || subject === own),
      // Who cannot ask does not know; the next change or renewal tells.
      concatMap(() => find(lease.name).catch(() => undefined)),
      filter((record) => record !== undefined && record.epoch !== lease.epoch),
      map(() => new LeaseLostError({ lease: lease.name, epoch: lease.epoch })),
      take(1),
    )
  }

  /** Whether others go on to hold a lease when this one is given back. If all leave in one moment, asking again finds it free. */
  async function isShared(lease: Lease): Promise<boolean> {
    const record = lease.joint === undefined ? undefined : await find(lease.name)
    return record?.epoch === lease.epoch && leftOwner(record.owner, lease) !== undefined
  }

  return {
    async acquire(name, options) {
      checkLeaseOptions(name, options)
      const { owner, ttl, joint } = options
      const now = await serverNow()
      let epoch = 0
      const taken = await bucket.change(leaseKey(name), (entry) => {
        const record = recordOf(entry)
        if (record !== undefined && record.ttl > 0 && entry.time + record.ttl > now) {
          const joined = joinedOwner(record.owner, options)
          if (joined === undefined) return undefined
          epoch = record.epoch
          return JSON.stringify({ owner: joined, epoch, ttl: Math.max(record.ttl, ttl) } satisfies LeaseRecord)
        }
        epoch = (record?.epoch ?? 0) + 1
        return JSON.stringify({ owner: ownerOf(options), epoch, ttl } satisfies LeaseRecord)
      })
      if (!taken) return undefined
      return { name, owner, epoch, ...(joint !== undefined && { joint }), lost$: lost({ name, epoch }) }
    },
    async renew(lease, { ttl }) {
      checkTtl(ttl)
      await bucket.change(leaseKey(lease.name), (entry) => {
        const record = held(entry, lease)
        if (record === undefined) throw new LeaseLostError({ lease: lease.name, epoch: lease.epoch })
        // Who holds it, too, may have asked for longer.
        const longest = lease.joint === undefined ? ttl : Math.max(record.ttl, ttl)
        return JSON.stringify({ ...record, ttl: longest } satisfies LeaseRecord)
      })
    },
    async release(lease) {
      const give = (entry: Entry): string | undefined => {
        const record = held(entry, lease)
        if (record === undefined) return undefined
        const owner = leftOwner(record.owner, lease)
        const left = owner === undefined ? { ...record, ttl: 0 } : { ...record, owner }
        return JSON.stringify(left satisfies LeaseRecord)
      }
      await bucket.change(leaseKey(lease.name), give, (await isShared(lease)) ? {} : { mark: RELEASED })
    },
    hints$: changes$.pipe(filter(({ seq, headers }) => seq === 0 || headers?.has(RELEASED) === true)),
  }
}

function recordOf({ text }: Entry): LeaseRecord | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as LeaseRecord)
}

function held(entry: Entry, { epoch }: Lease): LeaseRecord | undefined {
  const record = recordOf(entry)
  return record?.epoch === epoch ? record : undefined
}
