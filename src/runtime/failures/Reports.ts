import { messageOf } from '../../../operators/model/errors/messageOf.ts'
import { type FailureKind, failureKind } from './failureKind.ts'
import { ProjectionWarning, warn } from './warn.ts'

/**
 * Reports the failures of a run that nobody else receives, as warnings of the platform. Each kind of failure is reported once per
 * position, so a run that retries forever says why, and says it once.
 */
export class Reports {
  readonly #name: string
  readonly #heard: () => boolean
  /** The position of the last report of each kind. */
  readonly #last = new Map<FailureKind | 'fault', number | undefined>()

  /** @param heard whether somebody else receives the failures: an `onError`, or a subscriber of telemetry. */
  constructor(name: string, heard: () => boolean) {
    this.#name = name
    this.#heard = heard
  }

  /** Reports a failure at a position; `outcome` says what the run does about it. */
  failed(error: unknown, position: number | undefined, outcome: string): void {
    this.#report(failureKind(error), position, error, outcome)
  }

  /** Reports that the run has ended with a fault. */
  faulted(error: unknown, position?: number): void {
    this.#report('fault', position, error, 'It has faulted and does not go on')
  }

  #report(kind: FailureKind | 'fault', position: number | undefined, error: unknown, outcome: string): void {
    if (this.#heard() || (this.#last.has(kind) && this.#last.get(kind) === position)) return
    this.#last.set(kind, position)
    const at = position === undefined ? '' : ` at position ${position}`
    const message = `${JSON.stringify(this.#name)}${at}: ${messageOf(error)}. ${outcome}; pass onError to take its failures`
    warn(new ProjectionWarning(this.#name, message, { cause: error }))
  }
}
