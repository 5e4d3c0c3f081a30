import { concatMap, filter, map, Observable, share, take } from 'rxjs'
import { LeaseLostError } from '../../../operators/ports/errors/LeaseLostError.ts'
import type { Lease, LeaseClaim, LeaseStore } from '../../../operators/ports/leases.ts'
import { checkAcquire, checkRelease, checkRenewal } from '../support/checkArguments.ts'
import { joinedOwner, leftOwner, ownerOf } from '../support/jointOwner.ts'
import type { Bucket, Entry } from './Bucket.ts'
import { type LeaseRecord, leaseKey } from './HeldLeases.ts'
import { type Hint, pushedHints } from './pushedHints.ts'
import type { RetryingClient } from './RetryingClient.ts'
import type { Witness } from './Witness.ts'

/** How long the difference between the servers' clocks and this process's is taken to stay the same, in ms. */
const MEASURE_EVERY = 60_000

/** Marks the change that gave a lease back. */
const RELEASED = 'Rx-Released'

/**
 * Makes a place for leases: a record for each, changed by compare-and-set. Time is told by the servers' clock alone, since
 * those of the workers may differ: a record's age is the time between its last change and a message stored now. Epochs go on
 * where the bucket was lost, as far as the witness knows them.
 */
export function natsLeases(client: RetryingClient, bucket: Bucket, witness: Witness): LeaseStore {
  let behind: Promise<number> | undefined
  let measured = 0

  /** The servers' time, in ms. Measured again now and then: their clocks may be set. */
  async function serverNow(): Promise<number> {
    if (behind === undefined || performance.now() - measured > MEASURE_EVERY) {
      measured = performance.now()
      behind = measure()
    }
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
          subscriber.add(pushedHints(client, bucket.stream, bucket.subject('l.*')).subscribe(subscriber))
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
      concatMap(() =>
        find(lease.name).then(
          (record) => !bucket.leases.isHeld(record, lease),
          () => false,
        ),
      ),
      filter((isLost) => isLost),
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
      checkAcquire(name, options)
      const { owner, ttl, joint } = options
      const now = await serverNow()
      for (;;) {
        const found = await bucket.get(leaseKey(name))
        const record = recordOf(found)
        const isHeld = record !== undefined && record.ttl > 0 && found.time + record.ttl > now
        const holders = isHeld ? joinedOwner(record.owner, options) : ownerOf(options)
        if (holders === undefined) return undefined
        const epoch = isHeld ? record.epoch : 1 + (record?.epoch ?? (await witness.epochOf(name)))
        const token = (isHeld ? record.token : undefined) ?? crypto.randomUUID()
        // Told before it is stored: an epoch that was given out is never given out again.
        if (!isHeld) await witness.givenEpoch(name, epoch)
        const longest = isHeld ? Math.max(record.ttl, ttl) : ttl
        const text = JSON.stringify({
          owner: holders,
          epoch,
          ttl: longest,
          token,
        } satisfies LeaseRecord)
        // Where somebody else has changed it meanwhile, it is looked at again.
        const taken = await bucket.change(leaseKey(name), ({ seq }) => (seq === found.seq ? text : undefined))
        if (!taken) continue
        bucket.leases.add(name, epoch, token)
        return { name, owner, epoch, ...(joint !== undefined && { joint }), lost$: lost({ name, epoch }) }
      }
    },
    async renew(lease, options) {
      checkRenewal(lease, options)
      const { ttl } = options
      await bucket.change(leaseKey(lease.name), (entry) => {
        const record = held(bucket, entry, lease)
        if (record === undefined) throw new LeaseLostError({ lease: lease.name, epoch: lease.epoch })
        // Who holds it, too, may have asked for longer.
        const longest = lease.joint === undefined ? ttl : Math.max(record.ttl, ttl)
        return JSON.stringify({ ...record, ttl: longest } satisfies LeaseRecord)
      })
    },
    async release(lease) {
      checkRelease(lease)
      const give = (entry: Entry): string | undefined => {
        const record = held(bucket, entry, lease)
        if (record === undefined) return undefined
        const left = leftOwner(record.owner, lease)
        return JSON.stringify(
          (left === undefined ? { ...record, ttl: 0 } : { ...record, owner: left }) satisfies LeaseRecord,
        )
      }
      await bucket.change(leaseKey(lease.name), give, (await isShared(lease)) ? {} : { headers: { [RELEASED]: '1' } })
    },
    hints$: changes$.pipe(filter(({ seq, headers }) => seq === 0 || headers?.has(RELEASED) === true)),
  }
}

function recordOf({ text }: Entry): LeaseRecord | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as LeaseRecord)
}

function held(bucket: Bucket, entry: Entry, lease: Lease): LeaseRecord | undefined {
  const record = recordOf(entry)
  return bucket.leases.isHeld(record, lease) ? record : undefined
}
