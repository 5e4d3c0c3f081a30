export * from '../operators/model/index.ts'
export type { Dependency } from './lifecycle/dependencies.ts'
export type { ExclusiveOptions } from './lifecycle/exclusive.ts'
export type { RunHandle, StopOptions } from './lifecycle/RunHandle.ts'
export type { FailureInfo, PushSource, RunOptions } from './lifecycle/runOptions.ts'
export type { Status } from './lifecycle/status.ts'
export type { WaitOptions } from './lifecycle/waits.ts'
export type { PartitionedHandle, PartitionedProjectionHandle } from './partitions/PartitionedHandle.ts'
export type {
  PartitionedProjectionOptions,
  PartitionedProjectorOptions,
  PartitionedStore,
  PartitionOptions,
} from './partitions/partitionedOptions.ts'
export { partitionOf } from './partitions/partitionOf.ts'
export { startPartitioned } from './partitions/startPartitioned.ts'
export type { ProjectionHandle, StateOptions } from './projection/ProjectionHandle.ts'
export type { ProjectionOptions, ProjectionStore } from './projection/projectionOptions.ts'
export { startProjection } from './projection/startProjection.ts'
export {
  defineProjector,
  type Projector,
  type ProjectorDefinition,
  type TransactionScope,
} from './projector/defineProjector.ts'
export type { ProjectorHandle } from './projector/ProjectorHandle.ts'
export type { ProjectorOptions, ProjectorStore } from './projector/projectorOptions.ts'
export { startProjector } from './projector/startProjector.ts'
export { type MemoryOptions, type MemoryStore, memory } from './stores/memory/memory.ts'
export { openStore } from './stores/openStore.ts'
export type { TelemetryEvent } from './telemetry/telemetry.ts'
