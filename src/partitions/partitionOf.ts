import { checkCount, must } from '../../operators/kernel/arguments.ts'

const OFFSET_BASIS = 0x811c9dc5
const PRIME = 0x01000193

const encoder = new TextEncoder()

/**
 * The partition of a stream: the 32-bit FNV-1a hash of its name in UTF-8, modulo the number of partitions. It never
 * changes: what is stored of partitions depends on it.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9923 for FNV-1a
 * @returns 0 up to `partitions - 1`.
 * @example
 * ```ts
 * import { partitionOf } from 'rx-projection'
 *
 * console.log(partitionOf('account-1', 16)) // prints 6
 * ```
 * @throws {TypeError | RangeError} names the argument that is wrong.
 */
export function partitionOf(stream: string, partitions: number): number {
  must(typeof stream === 'string', 'stream', stream, 'a string', TypeError)
  checkCount('partitions', partitions)
  let hash = OFFSET_BASIS
  for (const byte of encoder.encode(stream)) hash = Math.imul(hash ^ byte, PRIME)
  return (hash >>> 0) % partitions
}
