import { checkObject, checkTimeout } from '../../../operators/kernel/arguments.ts'
import { checkKeys } from '../../../operators/model/keys.ts'

/**
 * How long a stop may take, in ms: 5 000 by default, `Infinity` for no limit.
 *
 * @throws {TypeError | RangeError} names the wrong or unknown option.
 */
export function stopTimeout(options: { readonly timeout?: number } = {}): number {
  checkObject('options', options)
  checkKeys(options, ['timeout'])
  const { timeout = 5_000 } = options
  checkTimeout('timeout', timeout)
  return timeout
}
