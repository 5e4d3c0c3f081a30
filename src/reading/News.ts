import { Observable } from 'rxjs'
import type { Selection } from './Selections.ts'
import type { Stretch } from './Stretch.ts'

/** What was read since the hint that readers are just being given: it is new enough for the next one who is given that hint. */
export class News {
  /** Absent while no hint is given out. */
  current: Stretch[] | undefined

  /** Hints, during each of which there is news. */
  during(hints$: Observable<unknown>): Observable<unknown> {
    return new Observable((readers) =>
      hints$.subscribe({
        next: (hint) => {
          this.current = []
          readers.next(hint)
          this.current = undefined
        },
        error: (error) => readers.error(error),
        complete: () => readers.complete(),
      }),
    )
  }

  /** A page of use to whoever wants what comes after a position; also an empty one, at the head. */
  since(selection: Selection, after: number): Stretch | undefined {
    return this.current?.find(
      (one) => one.selection === selection && (one.after === after || (one.after <= after && after < one.page.through)),
    )
  }
}
