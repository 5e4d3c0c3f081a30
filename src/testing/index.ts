export { type BatchesByLetter, batchesOf } from './batchesOf.ts'
export { type EventsByLetter, eventsOf, type Letters, type RecordedByLetter } from './eventsOf.ts'
export { type Given, given, type Outcome, type SaidEvent } from './given.ts'
export { inVirtualTime, type VirtualTime } from './inVirtualTime.ts'
export {
  configureMarbles,
  type Expectation,
  type MarbleContext,
  type Marbles,
  type MarblesOptions,
  marbles,
  type TestObservable,
} from './marbles.ts'
export { type SnapshotsOfOptions, snapshotsOf } from './snapshotsOf.ts'
export { statesOf } from './statesOf.ts'
export {
  type ConformanceCheck,
  type ConformanceOptions,
  type StoreOpener,
  storeConformance,
} from './storeConformance.ts'
