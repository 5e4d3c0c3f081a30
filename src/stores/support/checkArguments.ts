import { inspect } from '../../../operators/model/errors/inspect.ts'
import { checkKeys } from '../../../operators/model/keys.ts'
import type { EventMark } from '../../../operators/model/mark.ts'
import { isPromiseLike } from '../../../operators/model/maybePromise.ts'
import { isName, NAME } from '../../../operators/model/names.ts'
import { isOffset, isPosition } from '../../../operators/model/position.ts'
import type { Snapshot } from '../../../operators/model/snapshot.ts'
import type { ReadOptions } from '../../../operators/ports/events.ts'
import type { Lease, LeaseOptions } from '../../../operators/ports/leases.ts'
import type { SavePositionOptions } from '../../../operators/ports/positions.ts'
import type { LoadOptions, SaveSnapshotOptions } from '../../../operators/ports/snapshots.ts'

/** @throws {TypeError} the value is not a name. */
export function checkName(name: string, value: unknown): asserts value is string {
  if (!isName(value)) throw new TypeError(`${name} must be ${NAME}, not ${inspect(value)}`)
}

/** @throws {TypeError} the options are given and are not an object, or have an unknown key. */
export function checkOptions(options: unknown, known: readonly string[]): void {
  if (options === undefined) return
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`options must be an object, not ${inspect(options)}`)
  }
  checkKeys(options, known)
}

/** @throws {TypeError} the options are not an object, or have an unknown key. */
export function checkRequiredOptions(options: unknown, known: readonly string[]): void {
  if (options === undefined) throw new TypeError('options must be an object, not undefined')
  checkOptions(options, known)
}

/** @throws {TypeError} the value is given and is not a signal. */
function checkSignal(signal: unknown): asserts signal is AbortSignal | undefined {
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError(`signal must be an AbortSignal, not ${inspect(signal)}`)
  }
}

/** @throws {TypeError} the value is given and is not a function. */
function checkCallback(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'function') {
    throw new TypeError(`${name} must be a function, not ${inspect(value)}`)
  }
}

/** @throws {TypeError} the work of a transaction is not a function. */
export function checkWork(work: unknown): void {
  if (typeof work !== 'function') throw new TypeError(`work must be a function, not ${inspect(work)}`)
}

const READ = ['after', 'limit', 'streams', 'signal', 'onHole']
const POSITION_SAVE = ['expected', 'lease', 'mark']
const SNAPSHOT_SAVE = ['lease']
const LOAD = ['onUndecodable']
const LEASE = ['owner', 'ttl', 'joint']

/** @throws {RangeError} the value is neither a position nor `0`. */
export function checkPositionArgument(name: string, value: unknown): asserts value is number {
  if (!isOffset(value)) throw new RangeError(`${name} must be a safe integer of at least 0, not ${inspect(value)}`)
}

/** @throws {RangeError} the value is not a positive safe integer. */
export function checkNumber(name: string, value: unknown): asserts value is number {
  if (!isPosition(value)) throw new RangeError(`${name} must be a positive safe integer, not ${inspect(value)}`)
}

/**
 * @throws {TypeError | RangeError} names the wrong option of a read.
 * @throws the signal's reason, if it is aborted.
 */
export function checkRead(options: ReadOptions): void {
  checkRequiredOptions(options, READ)
  const { after, limit, streams, signal, onHole } = options
  checkPositionArgument('after', after)
  checkNumber('limit', limit)
  if (streams !== undefined) {
    if (!Array.isArray(streams) || streams.length === 0) {
      throw new TypeError(`streams must be a non-empty array of stream names, not ${inspect(streams)}`)
    }
    for (let index = 0; index < streams.length; index++) checkName(`streams[${index}]`, streams[index])
  }
  checkSignal(signal)
  checkCallback('onHole', onHole)
  signal?.throwIfAborted()
}

/** @throws {TypeError | RangeError} names the wrong part of a snapshot's key. */
export function checkSnapshotKey(name: unknown, version: unknown): void {
  checkName('name', name)
  checkNumber('version', version)
}

/** @throws {TypeError} names the wrong option of a snapshot's load. */
export function checkLoadOptions(options: LoadOptions | undefined): void {
  checkOptions(options, LOAD)
  checkCallback('onUndecodable', options?.onUndecodable)
}

/** @throws {TypeError | RangeError} the value is not a snapshot, or its mark is not a mark. Does not check the state. */
export function checkSnapshot(snapshot: Snapshot<unknown>): void {
  if (typeof snapshot !== 'object' || snapshot === null) {
    throw new TypeError(`snapshot must be an object, not ${inspect(snapshot)}`)
  }
  checkPositionArgument('snapshot.offset', snapshot.offset)
  checkMark('snapshot.mark', snapshot.mark)
}

/** @throws {TypeError | RangeError} names the wrong argument of a position's save. */
export function checkPositionSave(name: unknown, position: unknown, options: SavePositionOptions | undefined): void {
  checkName('name', name)
  checkPositionArgument('position', position)
  checkOptions(options, POSITION_SAVE)
  if (options?.expected !== undefined) checkPositionArgument('expected', options.expected)
  checkClaim(options?.lease)
  checkMark('mark', options?.mark)
}

/** @throws {TypeError | RangeError} names the wrong option of a snapshot's save. */
export function checkSaveOptions(options: SaveSnapshotOptions | undefined): void {
  checkOptions(options, SNAPSHOT_SAVE)
  checkClaim(options?.lease)
}

/** @throws {TypeError | RangeError} names the wrong argument of an acquire. */
export function checkAcquire(name: unknown, options: LeaseOptions): void {
  checkName('name', name)
  checkRequiredOptions(options, LEASE)
  checkName('owner', options.owner)
  if (options.joint !== undefined) checkName('joint', options.joint)
  checkNumber('ttl', options.ttl)
}

/** @throws {TypeError | RangeError} names the wrong argument of a renewal. Accepts the options of the acquire. */
export function checkRenewal(lease: unknown, options: { readonly ttl: number }): void {
  checkRelease(lease)
  checkRequiredOptions(options, LEASE)
  checkNumber('ttl', options.ttl)
}

/** @throws {TypeError | RangeError} the value is not a lease that `acquire` returned. */
export function checkRelease(lease: unknown): void {
  checkLeaseName(lease, 'the lease that acquire answered with')
  if (lease.joint !== undefined) checkName('lease.joint', lease.joint)
}

/** @throws {TypeError | RangeError} the value is given and is not a claim. */
function checkClaim(claim: unknown): void {
  if (claim !== undefined) checkLeaseName(claim, 'a lease, or its name and epoch')
}

function checkLeaseName(lease: unknown, expected: string): asserts lease is Lease {
  if (isPromiseLike(lease)) throw new TypeError('lease is a promise: await it first')
  if (typeof lease !== 'object' || lease === null) {
    throw new TypeError(`lease must be ${expected}, not ${inspect(lease)}`)
  }
  const { name, epoch } = lease as Partial<Lease>
  checkName('lease.name', name)
  checkNumber('lease.epoch', epoch)
}

/** @throws {TypeError | RangeError} the value is given and is not a mark; `name` is its name in messages. */
export function checkMark(name: string, mark: EventMark | undefined): void {
  if (mark === undefined) return
  if (typeof mark !== 'object' || mark === null) {
    throw new TypeError(`${name} must be the mark of an event, not ${inspect(mark)}`)
  }
  const { position, stream, revision, recordedAt } = mark
  if (!isPosition(position)) throw new RangeError(`${name}.position must be a position, not ${inspect(position)}`)
  checkName(`${name}.stream`, stream)
  if (revision !== undefined && !isPosition(revision)) {
    throw new RangeError(`${name}.revision must be a revision, not ${inspect(revision)}`)
  }
  if (recordedAt !== undefined && typeof recordedAt !== 'string') {
    throw new TypeError(`${name}.recordedAt must be a string, not ${inspect(recordedAt)}`)
  }
}
