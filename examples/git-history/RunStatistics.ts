import type { RunHandle } from 'rx-projection'
import { type Observable, Subject } from 'rxjs'

/** The work of a read model in this run. */
export interface ModelStatistics {
  readonly name: string
  /** The position of the snapshot that it began with; 0 for none. */
  readonly resumedFrom: number
  /** How far it has read. */
  readonly position: number
  /** The position of its latest durable snapshot. */
  readonly saved: number
}

/** Observes read models, and reports at the end what each has done. */
export class RunStatistics {
  /** How many commits were imported. */
  commits = 0
  /** Failures that did not end the run, in words. */
  readonly troubles$: Observable<string>
  private readonly troubles = new Subject<string>()
  private readonly models = new Map<string, ModelStatistics>()

  constructor() {
    this.troubles$ = this.troubles.asObservable()
  }

  /** Observes a model that has just started. */
  add(model: RunHandle): void {
    const { name } = model
    this.models.set(name, { name, resumedFrom: 0, position: 0, saved: 0 })
    const note = (news: Partial<ModelStatistics>): void => {
      this.models.set(name, { ...(this.models.get(name) as ModelStatistics), ...news })
    }
    const trouble = (what: string, error: unknown): void =>
      this.troubles.next(`${name}: ${what}: ${error instanceof Error ? error.message : String(error)}`)
    let hydrated = false
    model.telemetry$.subscribe((event) => {
      switch (event.type) {
        case 'init':
          if (!hydrated) note({ resumedFrom: event.offset, saved: event.offset })
          hydrated = true
          return
        case 'snapshot':
          note({ saved: event.offset })
          return
        case 'snapshot.failed':
          trouble('its snapshot could not be saved', event.error)
          return
        case 'snapshot.undecodable':
          trouble('a snapshot could not be read, an older one or none has to do', event.error)
          return
        case 'retry':
          trouble('it failed and tries again', event.error)
      }
    })
    model.position$.subscribe((position) => note({ position }))
  }

  summary(): { readonly models: readonly ModelStatistics[]; readonly commits: number } {
    return { models: [...this.models.values()], commits: this.commits }
  }
}
