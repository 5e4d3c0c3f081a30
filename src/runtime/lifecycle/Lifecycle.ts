import { Latest } from '../observe/Latest.ts'
import type { Status } from './status.ts'

/** The state of a run or a worker. */
export type State = Status | 'starting' | 'standby' | 'stopping'

/** The actions that change the state. */
export type Action = 'begin' | 'hydrate' | 'standBy' | 'catchUp' | 'goLive' | 'retry' | 'stop' | 'end' | 'fault'

const ACTIVE = ['hydrating', 'standby', 'catching-up', 'live', 'retrying'] as const

/** For each action, the states from which it is allowed, and the state that it leads to. */
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
 * The only place where the state of a run, or of a partition worker, changes. `dispatch` makes every transition:
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
 * Every other pair is forbidden: it changes nothing, and `dispatch` returns `false`. So a stopping run keeps its last status
 * whatever its last page reports, and no state follows an end. To add a state such as `paused` or `rebuilding`, add a row here.
 */
export class Lifecycle {
  /** The visible status. It shows `starting` and `standby` as `hydrating`, and `stopping` as the status before the stop. */
  readonly status: Latest<Status> = new Latest()
  readonly #stopping = new AbortController()
  #state: State = 'starting'

  get state(): State {
    return this.#state
  }

  /** Aborted when the run starts to stop. */
  get stopping(): AbortSignal {
    return this.#stopping.signal
  }

  /** Whether events can arrive. If so, a stop waits until the stages complete. */
  get flows(): boolean {
    return this.#state === 'catching-up' || this.#state === 'live'
  }

  get hasEnded(): boolean {
    return this.#state === 'stopped' || this.#state === 'faulted'
  }

  /** Emits the first status. The constructor does not, so that no status is emitted before the handle exists. */
  show(): void {
    if (this.#state === 'starting') this.status.next('hydrating')
  }

  /** Makes a transition. If the table has no such transition, changes nothing and returns `false`. */
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
