import {
  DependencyError,
  DuplicateRunError,
  HandlerError,
  InvalidEventError,
  InvalidPageError,
  InvalidPositionError,
  InvalidProjectionError,
  LeaseLostError,
  LogMismatchError,
  MissedEventError,
  MissingHistoryError,
  PartitionsMismatchError,
  PositionConflictError,
  PositionLostError,
  ProjectionError,
  ProjectionStoppedError,
  RevisionConflictError,
  SnapshotAheadError,
  SourceCompletedError,
  StaleEventError,
  StateTooLargeError,
  StoreError,
  TimeoutError,
  UndecodableSnapshotError,
  UnknownEventError,
  UnserializableError,
} from 'rx-projection'
import { eventsOf } from 'rx-projection/testing'
import { describe, expect, it } from 'vitest'

const { a } = eventsOf('a')
const cause = new Error('the reason')

const errors: readonly (readonly [ProjectionError, fields: object, retryable: boolean, message: string])[] = [
  [
    new DependencyError('b', 'a', 'faulted', { cause }),
    { projection: 'b', dependency: 'a', cause },
    false,
    '"b" depends on "a", which faulted before it was live',
  ],
  [
    new DuplicateRunError('p@eu', 'running'),
    { projection: 'p@eu', reason: 'running' },
    false,
    '"p@eu" runs already over the same store: stop the other run, give each an instance, or make them exclusive',
  ],
  [
    new MissingHistoryError({ after: 2, first: 5 }),
    { after: 2, first: 5 },
    false,
    'the log has discarded the events from position 3 to 4: what is folded without them is incomplete. Restore them, start from a snapshot behind them, or choose to go on without them',
  ],
  [
    new LogMismatchError({
      expected: { position: 4, stream: 's', revision: 2, recordedAt: '2026-01-01T00:00:00.000Z' },
      actual: { position: 4, stream: 't' },
    }),
    { expected: { position: 4, stream: 's', revision: 2 }, actual: { position: 4, stream: 't' } },
    false,
    'the log is not the one that was read before: position 4 was an event of stream "s" revision 2, recorded at 2026-01-01T00:00:00.000Z and is now an event of stream "t". Connect the right log, or delete the stored snapshots or reset the position to start over',
  ],
  [
    new PositionLostError({ projector: 'p', last: 7 }),
    { projector: 'p', last: 7 },
    false,
    'the stored position of "p" has vanished; it was 7. Save that position to go on, or save 0 to start over',
  ],
  [
    new HandlerError({ event: a, projection: 'p', cause }),
    { event: a, projection: 'p', cause },
    true,
    'the handler of "p" failed on event 1 (a of letters): the reason',
  ],
  [
    new InvalidEventError('events[2].type', 5, 'a string', { cause }),
    { field: 'events[2].type', value: 5, cause },
    false,
    'events[2].type must be a string, not 5',
  ],
  [
    new InvalidPageError('head', -1, 'a position'),
    { field: 'head', value: -1 },
    false,
    "a page's head must be a position, not -1",
  ],
  [
    new InvalidPositionError('id', '1', a),
    { field: 'id', value: '1', event: a },
    false,
    'an event\'s id must be a positive safe integer, not "1"',
  ],
  [
    new InvalidPositionError('previous', 1, a),
    { field: 'previous', value: 1, event: a },
    false,
    "an event's previous must be a safe integer from 0 to id - 1 (id 1), not 1",
  ],
  [
    new InvalidProjectionError('name', '', 'a name'),
    { field: 'name', value: '' },
    false,
    'name must be a name, not ""',
  ],
  [
    new LeaseLostError({ lease: 'l', epoch: 3 }, { cause }),
    { lease: 'l', epoch: 3, cause },
    true,
    'the lease "l" of epoch 3 is lost',
  ],
  [
    new MissedEventError({ received: 5, last: 3, missing: [4, 4] }),
    { received: 5, last: 3, missing: [4, 4] },
    true,
    'received event 5 after 3: event 4 missed',
  ],
  [
    new MissedEventError({ received: 9, last: 3, missing: [4, 8] }),
    { received: 9, last: 3, missing: [4, 8] },
    true,
    'received event 9 after 3: events 4 to 8 missed',
  ],
  [
    new PartitionsMismatchError({ projection: 'p', partitions: 8, stored: 16 }, { cause }),
    { projection: 'p', partitions: 8, stored: 16, cause },
    false,
    '"p" has 16 partitions, not 8',
  ],
  [
    new PositionConflictError({ projector: 'p', expected: 3, actual: 5 }),
    { projector: 'p', expected: 3, actual: 5 },
    true,
    'projector "p" stands at 5, not at the expected 3',
  ],
  [new ProjectionStoppedError('p'), { projection: 'p' }, false, '"p" is stopped'],
  [
    new RevisionConflictError({ stream: 's', expected: 3, actual: 5 }),
    { stream: 's', expected: 3, actual: 5 },
    true,
    'stream "s" is at revision 5, not at the expected 3',
  ],
  [
    new SnapshotAheadError(7, 5),
    { offset: 7, head: 5 },
    false,
    'the position 7 is ahead of the log, which ends at 5: reset the projection, or restore the log',
  ],
  [new SourceCompletedError('p'), { projection: 'p' }, true, 'the source of "p" completed'],
  [
    new StaleEventError(a, 3),
    { event: a, offset: 3 },
    false,
    'event 1 came after position 3 was reached: put ensureSequential before this operator',
  ],
  [
    new StoreError('bank.db', 'is no database', { cause }),
    { store: 'bank.db', cause },
    false,
    'bank.db: is no database',
  ],
  [
    new TimeoutError('state()', 5_000),
    { operation: 'state()', timeout: 5_000 },
    true,
    'state() took longer than 5000 ms',
  ],
  [
    new UndecodableSnapshotError({ projection: 'p', version: 2, offset: 7, cause }),
    { projection: 'p', version: 2, offset: 7, cause },
    true,
    'the snapshot of "p" version 2 at 7 cannot be decoded',
  ],
  [
    new UnknownEventError(a, 'p'),
    { event: a, projection: 'p' },
    false,
    'projection "p" has no handler for "a" (event 1 of letters): handle it, name it in `ignore`, or be not strict',
  ],
  [
    new UnserializableError('$.items[3]', 'a Map'),
    { path: '$.items[3]' },
    false,
    '$.items[3] is a Map, which JSON would change',
  ],
  [
    new StateTooLargeError({ projection: 'p', size: 7 }, { cause }),
    { projection: 'p', size: 7, limit: undefined, cause },
    false,
    'the state of "p" is too large to be saved: 7 characters',
  ],
]

describe('an error', () => {
  it.each(errors.map((row) => [row[0].name, ...row] as const))(
    '%s has its fields, says whether a retry can help, and describes the problem',
    (name, error, fields, retryable, message) => {
      expect(error).toBeInstanceOf(ProjectionError)
      expect(error).toBeInstanceOf(Error)
      expect(error.constructor.name).toBe(name)
      expect(error).toMatchObject({ ...fields, retryable, message })
      expect(String(error)).toBe(`${name}: ${message}`)
      expect(error.stack).toContain('errors.test.ts')
    },
  )

  it('is in this list', async () => {
    const operators = await import('rx-projection/operators')
    const classes = Object.values(operators).filter(
      (value) => (value as { prototype?: unknown }).prototype instanceof Error,
    )
    const listed = new Set<unknown>([...errors.map(([error]) => error.constructor), ProjectionError])
    expect(classes.filter((made) => !listed.has(made))).toEqual([])
  })
})

describe('a HandlerError', () => {
  const failed = (reason: unknown) => new HandlerError({ event: a, projection: undefined, cause: reason })

  it('is not retryable if its cause says so', () => {
    expect(failed(Object.assign(new Error(), { retryable: false })).retryable).toBe(false)
    expect(failed(Object.assign(new Error(), { retryable: true })).retryable).toBe(true)
    expect(failed({ retryable: undefined }).retryable).toBe(true)
  })

  it.each([
    ['a word', 'a word'],
    [undefined, 'undefined'],
    [null, 'null'],
    [404, '404'],
    [{ toString: () => Promise.reject }, 'a value that cannot be shown'],
    [Object.create(null), 'a value that cannot be shown'],
  ])('accepts any cause, also %o', (reason, shown) => {
    expect(failed(reason)).toMatchObject({
      cause: reason,
      message: `the handler failed on event 1 (a of letters): ${shown}`,
      retryable: true,
    })
  })
})

describe('a wrong value is shown short and safely', () => {
  class Money {}
  it.each<[value: unknown, shown: string]>([
    ['text', '"text"'],
    ['x'.repeat(100), `"${'x'.repeat(60)}…"`],
    [5n, '5n'],
    [() => 1, 'a function'],
    [Symbol('s'), 'Symbol(s)'],
    [null, 'null'],
    [undefined, 'undefined'],
    [[1, 2], 'an array of 2'],
    [{}, 'an object (Object)'],
    [new Money(), 'an object (Money)'],
    [Object.create(null), 'an object (no class)'],
    [-0, '-0'],
    [Number.NaN, 'NaN'],
    [true, 'true'],
  ])('%o', (value, shown) => {
    expect(new InvalidProjectionError('field', value, 'right').message).toBe(`field must be right, not ${shown}`)
  })
})
