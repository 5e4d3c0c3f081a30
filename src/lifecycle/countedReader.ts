import { merge, type Observable, Subject } from 'rxjs'
import type { EventReader, LogPage, MaybePromise, ReadOptions } from '../../operators/model/index.ts'

/** A log whose reads are counted, and of which a read can be asked for: so that a wait can tell a read begun after it. */
export class CountedReader implements EventReader {
  /** How many reads have begun. */
  begun = 0
  readonly hints$: Observable<unknown>
  private readonly nudges = new Subject<void>()
  private readonly log: EventReader

  constructor(log: EventReader) {
    this.log = log
    this.hints$ = log.hints$ === undefined ? this.nudges : merge(log.hints$, this.nudges)
  }

  read(options: ReadOptions): MaybePromise<LogPage> {
    this.begun++
    return this.log.read(options)
  }

  /** Asks for a read: at once, or after the one in progress. */
  nudge(): void {
    this.nudges.next()
  }
}
