import type { Subscriber } from 'rxjs'
import { currentGate, deliver, type Gate } from './demand.ts'
import { Stage } from './operate.ts'

/** How many items have their turn before their places in the queue are freed. */
const COMPACT_AFTER = 64

/**
 * A stage that takes items strictly one after the other, also where one takes its time.
 *
 * What comes in meanwhile waits in a queue and holds the gate that it came through until it is done: the queue never grows
 * beyond what the source hands down without waiting. An aborted `signal` lets the item in hand end, then completes.
 */
export abstract class InOrderStage<T, R> extends Stage<T, R> {
  #queue: { readonly item: T; readonly gate: Gate | undefined }[] = []
  #head = 0
  /** An item is in hand. */
  #busy = false
  /** The item in hand goes on after the call that brought it: its gate is held. */
  #suspended = false
  #gate: Gate | undefined
  /** Nothing more comes: complete after the queue. */
  #completed = false
  /** Nothing more is wanted: complete after the item in hand. */
  protected stopping = false

  constructor(output: Subscriber<R>, signal: AbortSignal | undefined) {
    super(output)
    output.add(() => this.#clear())
    if (signal !== undefined) this.#stopOn(signal)
  }

  /** Takes an item in hand. `true`: it is done with; `false`: `done()` or `fail()` will be called for it. Never throws. */
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

  /** Says that an item whose `begin` returned `false` is done with. */
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
    // First: who waits at the gate would go on, and this stage would drop what he brings.
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

  /** Forgets what has had its turn: a queue that never gets empty must not grow forever. */
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
