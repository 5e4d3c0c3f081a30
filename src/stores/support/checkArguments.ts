import { inspect } from '../../../operators/model/errors/inspect.ts'
import { checkKeys } from '../../../operators/model/keys.ts'
import type { LeaseClaim } from '../../../operators/model/lease.ts'
import { isName, NAME } from '../../../operators/model/names.ts'
import { isOffset, isPosition } from '../../../operators/model/position.ts'
import type { Snapshot } from '../../../operators/model/snapshot.ts'
import type { ReadOptions, SavePositionOptions, SaveSnapshotOptions } from '../../../operators/model/store.ts'

/** @throws {TypeError} when a name is none. */
export function checkName(name: string, value: unknown): asserts value is string {
  if (!isName(value)) throw new TypeError(`${name} must be ${NAME}, not ${inspect(value)}`)
}

/** @throws {TypeError} when options are given and are no object, or have a key that is not known. */
export function checkOptions(options: unknown, known: readonly string[]): void {
  if (options === undefined) return
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`options must be an object, not ${inspect(options)}`)
  }
  checkKeys(options, known)
}

/** @throws {TypeError} when options are no object, or have a key that is not known. */
export function checkRequiredOptions(options: unknown, known: readonly string[]): void {
  if (options === undefined) throw new TypeError('options must be an object, not undefined')
  checkOptions(options, known)
}

/** @throws {TypeError} when something that may be a signal is none. */
export function checkSignal(signal: unknown): asserts signal is AbortSignal | undefined {
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError(`signal must be an AbortSignal, not ${inspect(signal)}`)
  }
}

const READ = ['after', 'limit', 'streams', 'signal', 'onHole']
const POSITION_SAVE = ['expected', 'lease', 'mark']
const SNAPSHOT_SAVE = ['lease']
/** The options of a load of a snapshot. */
export const LOAD: readonly string[] = ['onUndecodable']

/** @throws {RangeError} when a position is none, nor `0`. */
export function checkPositionArgument(name: string, value: unknown): asserts value is number {
  if (!isOffset(value)) throw new RangeError(`${name} must be a safe integer of at least 0, not ${inspect(value)}`)
}

/** @throws {RangeError} when a number of things is no positive safe integer. */
export function checkNumber(name: string, value: unknown): asserts value is number {
  if (!isPosition(value)) throw new RangeError(`${name} must be a positive safe integer, not ${inspect(value)}`)
}

/**
 * @throws {TypeError | RangeError} names the option of a read that is wrong.
 * @throws the signal's reason, when it is aborted.
 */
export function checkRead(options: ReadOptions): void {
  checkRequiredOptions(options, READ)
  const { after, limit, streams, signal } = options
  checkPositionArgument('after', after)
  checkNumber('limit', limit)
  if (streams !== undefined) {
    if (!Array.isArray(streams) || streams.length === 0) {
      throw new TypeError(`streams must be a non-empty array of stream names, not ${inspect(streams)}`)
    }
    for (let index = 0; index < streams.length; index++) checkName(`streams[${index}]`, streams[index])
  }
  checkSignal(signal)
  signal?.throwIfAborted()
}

/** @throws {TypeError | RangeError} names the part of a snapshot's key that is wrong. */
export function checkSnapshotKey(name: unknown, version: unknown): void {
  checkName('name', name)
  checkNumber('version', version)
}

/** @throws {TypeError | RangeError} when a snapshot is none. Its state is not looked at. */
export function checkSnapshot(snapshot: Snapshot<unknown>): void {
  if (typeof snapshot !== 'object' || snapshot === null) {
    throw new TypeError(`snapshot must be an object, not ${inspect(snapshot)}`)
  }
  checkPositionArgument('snapshot.offset', snapshot.offset)
}

/** @throws {TypeError | RangeError} names the argument of a position's save that is wrong. */
export function checkPositionSave(name: unknown, position: unknown, options: SavePositionOptions | undefined): void {
  checkName('name', name)
  checkPositionArgument('position', position)
  checkOptions(options, POSITION_SAVE)
  if (options?.expected !== undefined) checkPositionArgument('expected', options.expected)
  checkClaim(options?.lease)
}

/** @throws {TypeError | RangeError} names the option of a snapshot's save that is wrong. */
export function checkSaveOptions(options: SaveSnapshotOptions | undefined): void {
  checkOptions(options, SNAPSHOT_SAVE)
  checkClaim(options?.lease)
}

/** @throws {TypeError | RangeError} when a claim is given and is none. */
function checkClaim(claim: LeaseClaim | undefined): void {
  if (claim === undefined) return
  if (typeof claim !== 'object' || claim === null) throw new TypeError(`lease must be a lease, not ${inspect(claim)}`)
  checkName('lease.name', claim.name)
  checkNumber('lease.epoch', claim.epoch)
}
