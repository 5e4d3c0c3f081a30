import { Observable, type SchedulerLike, type Subscriber } from 'rxjs'
import { deliver, Gate } from '../../../operators/kernel/demand.ts'
import { Stage } from '../../../operators/kernel/operate.ts'
import type { LogEvent, OneOrMany } from '../../../operators/model/index.ts'
import type { PushSource } from './runOptions.ts'
import { SourceCompletedError } from './SourceCompletedError.ts'

/** A source, and what a run needs to know of it. */
export interface Source {
  readonly name: string
  readonly source: PushSource
  /** How long after its subscription a source that has not failed counts as live, in ms; `Infinity`: not by time. */
  readonly liveAfter: number
  readonly onLive: () => void
}

/**
 * What a push source gives after a position. It is live when it emits an empty array, which is not passed on, and the handlers of
 * what came before it have ended; or `liveAfter` ms after its subscription, unless it has failed by then. Its completing is an
 * error.
 */
export function fromSource(source: Source, after: number, scheduler: SchedulerLike): Observable<OneOrMany<LogEvent>> {
  const { liveAfter } = source
  return new Observable((output) => {
    const events$ = source.source(after)
    const stage = new SourceStage(output, source)
    events$.subscribe(stage)
    if (!output.closed && liveAfter !== Infinity) output.add(scheduler.schedule(() => stage.live(), liveAfter))
  })
}

class SourceStage extends Stage<OneOrMany<LogEvent>, OneOrMany<LogEvent>> {
  /** Held by handlers that take their time over what was handed down. */
  readonly #gate = new Gate()
  readonly #source: Source

  constructor(output: Subscriber<OneOrMany<LogEvent>>, source: Source) {
    super(output)
    this.#source = source
  }

  override next(item: OneOrMany<LogEvent>): void {
    if (this.isStopped) return
    let saysCaughtUp: boolean
    try {
      saysCaughtUp = Array.isArray(item) && item.length === 0
    } catch (error) {
      this.error(error)
      return
    }
    if (!saysCaughtUp) deliver(this.#gate, this.output, item)
    else if (this.#gate.held) this.#gate.onceFree(() => this.live())
    else this.live()
  }

  live(): void {
    if (this.isStopped || this.output.closed) return
    try {
      this.#source.onLive()
    } catch (error) {
      this.error(error)
    }
  }

  protected override sourceCompleted(): void {
    this.output.error(new SourceCompletedError(this.#source.name))
  }
}
