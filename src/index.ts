export * from '../operators/model/index.ts'
export { type MemoryOptions, memory } from './stores/memory/memory.ts'
export { openStore } from './stores/openStore.ts'
