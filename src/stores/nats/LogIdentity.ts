import { Subject } from 'rxjs'

/**
 * Which stream of a name it is that the store reads: one that was deleted and made again has the same name and the same
 * sequences, and other messages. The servers tell them apart by the time at which they were made.
 */
export class LogIdentity {
  /** When the stream was made, as the servers write it; `undefined` before it was asked for. */
  #created: string | undefined
  #generation = 0
  /** Emits when another stream is found under the name. */
  readonly replaced$: Subject<void> = new Subject<void>()
  /** Emits when the stream may be gone: those that follow it should ask. */
  readonly suspected$: Subject<void> = new Subject<void>()

  get created(): string | undefined {
    return this.#created
  }

  /** One more for each stream that was found under the name. */
  get generation(): number {
    return this.#generation
  }

  /** Tells whether a stream that was made then is another one than the one that is known. */
  isOther(created: string): boolean {
    return this.#created !== undefined && this.#created !== created
  }

  /** Takes in what a server has said just now. */
  saw(created: string): void {
    const isOther = this.isOther(created)
    this.#created = created
    if (isOther) this.replaced()
  }

  /** Says that the stream is not the one that it was: it ends before what was read of it. */
  replaced(): void {
    this.#generation++
    this.replaced$.next()
  }

  suspect(): void {
    this.suspected$.next()
  }

  close(): void {
    this.replaced$.complete()
    this.suspected$.complete()
  }
}
