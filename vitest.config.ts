import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

if (Number(process.versions.node.split('.')[0]) < 24) {
  throw new Error(`Node 24 or newer runs the tests, this is ${process.version}: use npm test, which brings its own`)
}

/** Real processes, servers that crash, and random schedules of faults: minutes of work, and mostly of other processes. */
const FAULTS = [
  'test/examples/git-history/{main,watch}.test.ts',
  'test/partitions/{engines,projectionProcesses,projectorProcesses}.test.ts',
  'test/runtime/lifecycle/{exclusiveEngines,exclusiveProcesses}.test.ts',
  'test/stores/nats/{cluster,halfOpen,schedules,vanished}.test.ts',
  'test/stores/postgres/{crashes,pool,restarts,schedules,stress}.test.ts',
]

/** What would be felt in other files. */
const APART = [
  // They put modules of their own in the place of others, which must not have been loaded before.
  'test/stores/sqlite/hints.test.ts',
  'test/stores/nats/opening.test.ts',
]

export default defineConfig({
  resolve: { conditions: ['rx-projection-source'] },
  // Not 'import' and 'default': they would be handed to Node, whose `require` would then get modules.
  ssr: { resolve: { conditions: ['rx-projection-source', 'node', 'module', 'development|production'] } },
  test: {
    // A test file costs more to load than to run: all files share one worker and its modules. More workers are slower, since
    // the servers and processes that are tested want the other cores.
    isolate: false,
    maxWorkers: 1,
    projects: [
      { extends: true, test: { name: 'facts', include: ['test/**/*.test.ts'], exclude: [...FAULTS, ...APART] } },
      { extends: true, test: { name: 'apart', include: APART, isolate: true } },
      { extends: true, test: { name: 'faults', include: FAULTS } },
    ],
    // The processes that tests start are of the same modules: compiled once, each starts in half the time.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/node', import.meta.url)) },
    globalSetup: ['test/support/installServers.ts', 'test/support/lendPostgres.ts'],
    // Nothing is timed in a test; this only ends one that hangs, on a machine however busy.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    coverage: {
      provider: 'v8',
      include: ['operators/**/*.ts', 'src/**/*.ts'],
      reporter: ['text-summary', 'json-summary'],
      thresholds: { 'operators/**/*.ts': { lines: 100 } },
    },
  },
})
