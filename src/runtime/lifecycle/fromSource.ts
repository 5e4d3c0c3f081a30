import { Observable, type SchedulerLike, type Subscriber } from 'rxjs'
import { deliver, Gate } from '../../../operators/kernel/demand.ts'
import { Stage } from '../../../operators/kernel/operate.ts'
import type { LogEvent, OneOrMany } from '../../../operators/model/index.ts'
import type { PushSource } from './runOptions.ts'
import { SourceCompletedError } from './SourceCompletedError.ts'

/** A source and its settings for a run. */
export interface Source {
  readonly name: string
  readonly source: PushSource
  /** In ms. A source that has not failed for this time after its subscription counts as live; `Infinity`: never by time. */
  readonly liveAfter: number
  readonly onLive: () => void
}

/**
 * The events of a push source after a position. The source is live when it emits an empty array, which is not passed on, and the
 * handlers of the earlier events have ended. It is also live `liveAfter` ms after its subscription, unless it has failed by then.
 * If the source completes, that is an error.
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
  /** Held while handlers of delivered events are running. */
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
