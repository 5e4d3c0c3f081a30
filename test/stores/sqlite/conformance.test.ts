import type { OpenStore } from 'rx-projection'
import { sqlite } from 'rx-projection/sqlite'
import { storeConformance } from 'rx-projection/testing'
import { describe, test } from 'vitest'
import { files } from '../support/files.ts'

describe('sqlite() on a file conforms', () => {
  for (const { name, run } of storeConformance(files)) test(name, run)
})

describe('sqlite() in memory conforms', () => {
  for (const { name, run } of storeConformance({ open: (): OpenStore => sqlite(':memory:') })) test(name, run)
})
