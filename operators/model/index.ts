export { defineProjection } from './defineProjection.ts'
export * from './errors/index.ts'
export type { EventType, LogEvent, NewEvent, OneOrMany, Recorded } from './event.ts'
export { evolve } from './evolve.ts'
export type { LogHole } from './hole.ts'
export type { Lease, LeaseClaim, LeaseOptions, LeaseStore } from './lease.ts'
export { type EventMark, isMarkOf, markOf, withMark } from './mark.ts'
export type {
  AnyProjection,
  AsyncProjection,
  AsyncProjectionDefinition,
  EventsOf,
  Fold,
  FoldOptions,
  Handler,
  Handlers,
  MaybePromise,
  Projection,
  ProjectionDefinition,
  ProjectionFields,
  StateOf,
} from './projection.ts'
export { replay } from './replay.ts'
export { initialSnapshot, type ProjectedSnapshot, type Snapshot } from './snapshot.ts'
export type {
  Appended,
  AppendOptions,
  EventLog,
  EventReader,
  LoadOptions,
  LogPage,
  OpenStore,
  PositionStore,
  ReadOptions,
  SavePositionOptions,
  SaveSnapshotOptions,
  SnapshotStore,
  Store,
  Transaction,
  Transactions,
} from './store.ts'
