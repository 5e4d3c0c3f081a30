import { endWith, merge, type Observable, Subject } from 'rxjs'
import type { LogHole, MaybePromise } from '../../operators/model/index.ts'
import type { EventReader, LogPage, ReadOptions } from '../../operators/ports/index.ts'
import { freshRead } from './freshRead.ts'

/** A log whose reads are counted, and of which a read can be asked for: so that a wait can tell a read begun after it. */
export class CountedReader implements EventReader {
  readonly hints$: Observable<unknown>
  readonly reconnects$: Observable<unknown> | undefined
  readonly whole: Pick<EventReader, 'read'> | undefined
  /** How many reads have begun. */
  #begun = 0
  /** The read whose page was dealt with last, and the head that it saw. */
  #last = { number: 0, head: 0 }
  /** How many reads had begun when a later one was asked for last. */
  #asked = -1
  readonly #nudges = new Subject<void>()
  readonly #log: EventReader
  readonly #holeListener: (() => ((hole: LogHole) => void) | undefined) | undefined

  /** @param holeListener asked at each read for what is called with each hole; `undefined` while nobody listens. */
  constructor(log: EventReader, holeListener?: () => ((hole: LogHole) => void) | undefined) {
    this.#log = log
    this.#holeListener = holeListener
    // Nudges never end, so the end of the log's hints is handed on as one more of them.
    this.hints$ = log.hints$ === undefined ? this.#nudges : merge(log.hints$.pipe(endWith(undefined)), this.#nudges)
    this.reconnects$ = log.reconnects$
    this.whole = log.whole
  }

  read(options: ReadOptions): MaybePromise<LogPage> {
    this.#begun++
    const onHole = this.#holeListener?.()
    const asked = onHole === undefined ? options : { ...options, onHole }
    // Until one that began after the question has been dealt with: an answer to an earlier one says nothing about the head now.
    return this.#log.read(this.#last.number > this.#asked ? asked : freshRead(asked))
  }

  /** Says that the page of the read that began last has been dealt with. */
  dealtWith(head: number): void {
    this.#last = { number: this.#begun, head }
  }

  /** A question: the head that a read has seen which began after this call; `undefined` while there is none. */
  headOfLaterRead(): () => number | undefined {
    const begun = this.#begun
    this.#asked = begun
    let head: number | undefined
    return () => {
      if (head === undefined && this.#last.number > begun) head = this.#last.head
      return head
    }
  }

  /** Asks for a read: at once, or after the one in progress. */
  nudge(): void {
    this.#nudges.next()
  }
}
