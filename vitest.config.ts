import { defineConfig } from 'vitest/config'

if (Number(process.versions.node.split('.')[0]) < 24) {
  throw new Error(`Node 24 or newer runs the tests, this is ${process.version}: use npm test, which brings its own`)
}

export default defineConfig({
  resolve: { conditions: ['rx-projection-source'] },
  // Not 'import' and 'default': they would be handed to Node, whose `require` would then get modules.
  ssr: { resolve: { conditions: ['rx-projection-source', 'node', 'module', 'development|production'] } },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/installServers.ts'],
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
