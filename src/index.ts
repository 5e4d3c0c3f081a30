export { InvalidPageError } from '../operators/follow/InvalidPageError.ts'
export { type LogMismatch, LogMismatchError } from '../operators/follow/LogMismatchError.ts'
export { SnapshotAheadError } from '../operators/follow/SnapshotAheadError.ts'
export * from '../operators/model/index.ts'
export * from '../operators/ports/index.ts'
export { type MissedEvent, MissedEventError } from '../operators/sequence/MissedEventError.ts'
export { openStore } from './open/openStore.ts'
export type { PartitionedHandle, PartitionedProjectionHandle } from './partitions/PartitionedHandle.ts'
export { type PartitionsMismatch, PartitionsMismatchError } from './partitions/PartitionsMismatchError.ts'
export type {
  PartitionedProjectionOptions,
  PartitionedProjectorOptions,
  PartitionedStore,
  PartitionOptions,
} from './partitions/partitionedOptions.ts'
export { partitionOf } from './partitions/partitionOf.ts'
export { startPartitioned } from './partitions/startPartitioned.ts'
export type { FailureInfo } from './runtime/failures/FailurePolicy.ts'
export { DependencyError } from './runtime/lifecycle/DependencyError.ts'
export { DuplicateRunError } from './runtime/lifecycle/DuplicateRunError.ts'
export type { Dependency } from './runtime/lifecycle/dependencies.ts'
export type { ExclusiveOptions } from './runtime/lifecycle/Exclusive.ts'
export { ProjectionStoppedError } from './runtime/lifecycle/ProjectionStoppedError.ts'
export type { RunHandle, StopOptions } from './runtime/lifecycle/RunHandle.ts'
export type { PushSource, RunOptions } from './runtime/lifecycle/runOptions.ts'
export { SourceCompletedError } from './runtime/lifecycle/SourceCompletedError.ts'
export type { Status } from './runtime/lifecycle/status.ts'
export type { WaitOptions } from './runtime/lifecycle/Waits.ts'
export type { TelemetryEvent } from './runtime/observe/telemetry.ts'
export type { ProjectionHandle, StateOptions } from './runtime/projection/ProjectionHandle.ts'
export type { ProjectionOptions, ProjectionStore } from './runtime/projection/projectionOptions.ts'
export { startProjection } from './runtime/projection/startProjection.ts'
export {
  defineProjector,
  type Projector,
  type ProjectorDefinition,
  type TransactionScope,
} from './runtime/projector/defineProjector.ts'
export type { ProjectorHandle } from './runtime/projector/ProjectorHandle.ts'
export type { ProjectorOptions, ProjectorStore } from './runtime/projector/projectorOptions.ts'
export { startProjector } from './runtime/projector/startProjector.ts'
export { type MemoryOptions, type MemoryStore, memory } from './stores/memory/memory.ts'
export { type MissingHistory, MissingHistoryError } from './stores/support/errors/MissingHistoryError.ts'
export { type PositionLost, PositionLostError } from './stores/support/errors/PositionLostError.ts'
