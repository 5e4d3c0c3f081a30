import type { Subscriber } from 'rxjs'
import { currentGate, deliver, type Gate } from './demand.ts'
import { Stage } from './operate.ts'

/** After this many items have been processed, their slots in the queue are freed. */
const COMPACT_AFTER = 64

/**
 * A stage that processes items strictly one after the other, also when an item is processed asynchronously.
 *
 * Items that arrive meanwhile wait in a queue, and each holds the gate that it came through until it is processed. So the queue
 * never grows beyond what the source emits without waiting. If `signal` is aborted, the stage finishes the current item, then
 * completes.
 */
export abstract class InOrderStage<T, R> extends Stage<T, R> {
  #queue: { readonly item: T; readonly gate: Gate | undefined }[] = []
  #head = 0
  /** An item is being processed. */
  #busy = false
  /** The current item is still being processed after the call that delivered it, and holds its gate. */
  #suspended = false
  #gate: Gate | undefined
  /** The source has completed: complete after the queue. */
  #completed = false
  /** The stage was asked to stop: complete after the current item. */
  protected stopping = false

  constructor(output: Subscriber<R>, signal: AbortSignal | undefined) {
    super(output)
    output.add(() => this.#clear())
    if (signal !== undefined) this.#stopOn(signal)
  }

  /** Starts an item. `true`: the item is finished. `false`: the stage calls `done()` or `fail()` for it later. Never throws. */
  protected abstract begin(item: T): boolean

  override next(item: T): void {
    if (this.isStopped || this.stopping) return
    if (this.#busy) {
      const gate = currentGate()
      gate?.hold()
      this.#queue.push({ item, gate })
      return
    }
    this.#busy = true
    if (!this.begin(item)) this.#suspend(currentGate())
    else if (this.#queue.length === 0 && !this.stopping && !this.#completed) this.#busy = false
    else this.#drain()
  }

  protected override sourceCompleted(): void {
    this.#completed = true
    if (!this.#busy) this.output.complete()
  }

  protected emit(result: R): void {
    if (this.#suspended) deliver(this.#gate, this.output, result)
    else this.output.next(result)
  }

  /** Ends the stage with an error. */
  protected fail(error: unknown): void {
    this.output.error(error)
    this.#releaseGate()
  }

  /** Reports that an item whose `begin` returned `false` is finished. */
  protected done(): void {
    this.#releaseGate()
    this.#drain()
  }

  #suspend(gate: Gate | undefined): void {
    if (this.output.closed) return
    gate?.hold()
    this.#gate = gate
    this.#suspended = true
  }

  #releaseGate(): void {
    if (!this.#suspended) return
    // Complete before the gate is released: a source that waits at the gate would continue, and this stage would drop its
    // values.
    if (this.stopping) this.output.complete()
    this.#suspended = false
    this.#gate?.release()
  }

  #drain(): void {
    while (!this.output.closed) {
      const waiting = this.stopping ? undefined : this.#queue[this.#head++]
      if (waiting === undefined) {
        this.#clear()
        this.#busy = false
        if (this.#completed || this.stopping) this.output.complete()
        return
      }
      if (this.#head >= COMPACT_AFTER && this.#head * 2 >= this.#queue.length) this.#compact()
      this.#gate = waiting.gate
      this.#suspended = true
      if (!this.begin(waiting.item)) return
      this.#releaseGate()
    }
  }

  /** Frees the slots of finished items: a queue that never becomes empty must not grow forever. */
  #compact(): void {
    this.#queue = this.#queue.slice(this.#head)
    this.#head = 0
  }

  /** Empties the queue. */
  #clear(): void {
    const queue = this.#queue,
      head = this.#head
    this.#queue = []
    this.#head = 0
    for (let index = head; index < queue.length; index++) queue[index]!.gate?.release()
  }

  #stopOn(signal: AbortSignal): void {
    const stop = (): void => {
      this.stopping = true
      if (!this.#busy) this.output.complete()
    }
    if (signal.aborted) {
      stop()
      return
    }
    signal.addEventListener('abort', stop, { once: true })
    this.output.add(() => signal.removeEventListener('abort', stop))
  }
}
