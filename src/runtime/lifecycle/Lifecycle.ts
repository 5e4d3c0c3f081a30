import { Latest } from '../observe/Latest.ts'
import type { Status } from './status.ts'

/** Where a run or a worker stands. */
export type State = Status | 'starting' | 'standby' | 'stopping'

/** What can happen to it. */
export type Action = 'begin' | 'hydrate' | 'standBy' | 'catchUp' | 'goLive' | 'retry' | 'stop' | 'end' | 'fault'

const ACTIVE = ['hydrating', 'standby', 'catching-up', 'live', 'retrying'] as const

/** The states from which an action leads somewhere, and the state that it leads to. */
const TRANSITIONS: Readonly<
  Record<Action, { readonly from: readonly State[]; readonly to: Exclude<State, 'starting'> }>
> = {
  begin: { from: ['starting'], to: 'hydrating' },
  hydrate: { from: ACTIVE, to: 'hydrating' },
  standBy: { from: ACTIVE, to: 'standby' },
  catchUp: { from: ACTIVE, to: 'catching-up' },
  goLive: { from: ACTIVE, to: 'live' },
  retry: { from: ACTIVE, to: 'retrying' },
  stop: { from: ['starting', ...ACTIVE], to: 'stopping' },
  end: { from: ['starting', ...ACTIVE, 'stopping'], to: 'stopped' },
  fault: { from: ['starting', ...ACTIVE], to: 'faulted' },
}

/**
 * The one place where the state of a run, or of a partition worker, changes. `dispatch` makes every transition:
 *
 * | action    | from                                       | to          |
 * | --------- | ------------------------------------------ | ----------- |
 * | `begin`   | starting                                   | hydrating   |
 * | `hydrate` | hydrating, standby, catching-up, live, retrying (the *active* states) | hydrating |
 * | `standBy` | active                                     | standby     |
 * | `catchUp` | active                                     | catching-up |
 * | `goLive`  | active                                     | live        |
 * | `retry`   | active                                     | retrying    |
 * | `stop`    | starting, active                           | stopping    |
 * | `end`     | starting, active, stopping                 | stopped     |
 * | `fault`   | starting, active                           | faulted     |
 *
 * Every other pair is forbidden: it changes nothing, and `dispatch` returns `false`. So a run that is stopping keeps showing where
 * it was, whatever its last page reports, and nothing follows an end. A state such as `paused` or `rebuilding` becomes a row here.
 */
export class Lifecycle {
  /** What is shown: the state; `starting` and `standby` are shown as `hydrating`, and `stopping` as what it was before. */
  readonly status: Latest<Status> = new Latest()
  readonly #stopping = new AbortController()
  #state: State = 'starting'

  get state(): State {
    return this.#state
  }

  /** Aborted when the run is told to stop. */
  get stopping(): AbortSignal {
    return this.#stopping.signal
  }

  /** Whether events can arrive: a stop waits for the stages to complete. */
  get flows(): boolean {
    return this.#state === 'catching-up' || this.#state === 'live'
  }

  get hasEnded(): boolean {
    return this.#state === 'stopped' || this.#state === 'faulted'
  }

  /** Shows the first status. Apart from the constructor, so that nothing is shown before there is a handle. */
  show(): void {
    if (this.#state === 'starting') this.status.next('hydrating')
  }

  /** Makes a transition; returns `false`, and changes nothing, where the table has none. */
  dispatch(action: Action): boolean {
    const { from, to } = TRANSITIONS[action]
    if (!from.includes(this.#state)) return false
    this.#state = to
    if (to === 'stopping') this.#stopping.abort()
    else this.status.next(shownAs(to))
    return true
  }
}

function shownAs(state: Exclude<State, 'starting' | 'stopping'>): Status {
  return state === 'standby' ? 'hydrating' : state
}
