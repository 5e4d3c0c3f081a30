export { defineProjection } from './defineProjection.ts'
export * from './errors/index.ts'
export type { EventType, LogEvent, NewEvent, OneOrMany, Recorded } from './event.ts'
export { evolve } from './evolve.ts'
export type { LogHole } from './hole.ts'
export { type EventMark, isMarkOf, markOf } from './mark.ts'
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
export { initialSnapshot, type ProjectedSnapshot, type Snapshot, withMark } from './snapshot.ts'
