import type { Gate } from '../Gate.ts'
import { bench } from './bench.ts'
import { browser } from './browser.ts'
import { lint, sizes, types, unused } from './checks.ts'
import { compilers } from './compilers.ts'
import { nodes } from './nodes.ts'
import { exportsResolve, manifestIsClean, mapsResolve } from './package.ts'
import { start } from './start.ts'
import { coverage, faults, tests } from './tests.ts'

/** All gates, the quickest to fail first. */
export const gates: readonly Gate[] = [
  types,
  lint,
  unused,
  tests,
  faults,
  coverage,
  start,
  manifestIsClean,
  exportsResolve,
  mapsResolve,
  sizes,
  ...compilers,
  ...nodes,
  browser,
  bench,
]
