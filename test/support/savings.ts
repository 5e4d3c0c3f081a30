import type { ProjectedSnapshot, Snapshot } from 'rx-projection/operators'
import type { MarbleContext } from 'rx-projection/testing'
import { EMPTY, type Observable, Subject } from 'rxjs'

/** What these operators work on. */
export type Projected = ProjectedSnapshot<string>

/** A snapshot that folded some events, for operators that do not look into its state. */
export function snapshotAt(offset: number, events = 1): ProjectedSnapshot<string> {
  return { offset, state: `state ${offset}`, events }
}

/** The snapshots at 1, 2, 3, … under the letters a, b, c, … */
export const snapshots: Readonly<Record<string, ProjectedSnapshot<string>>> &
  Readonly<Record<'a' | 'b' | 'c', ProjectedSnapshot<string>>> = {
  a: snapshotAt(1),
  b: snapshotAt(2),
  c: snapshotAt(3),
  d: snapshotAt(4),
  e: snapshotAt(5),
  f: snapshotAt(6),
  g: snapshotAt(7),
  h: snapshotAt(8),
}

/** A place for snapshots in a marble test; what happens there can be seen in diagrams of its own. */
export interface Savings {
  readonly save: (snapshot: Snapshot<string>) => Observable<never>
  /** Emits each snapshot whose save begins. */
  readonly began$: Observable<Snapshot<string>>
  readonly onError: (error: unknown, snapshot: Snapshot<string>) => void
  /** Emits each snapshot of which `onError` is told. */
  readonly failed$: Observable<Snapshot<string>>
}

/** Each save does what its diagram says (`--|` or `--#`); the last one goes for all that follow. None: done at once. */
export function savings(m: MarbleContext, ...diagrams: readonly string[]): Savings {
  const began$ = new Subject<Snapshot<string>>()
  const failed$ = new Subject<Snapshot<string>>()
  let saves = 0
  return {
    save: (snapshot) => {
      began$.next(snapshot)
      const diagram = diagrams[Math.min(saves++, diagrams.length - 1)]
      return diagram === undefined ? EMPTY : m.cold<never>(diagram)
    },
    began$,
    onError: (_, snapshot) => failed$.next(snapshot),
    failed$,
  }
}
