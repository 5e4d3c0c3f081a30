import { memory } from 'rx-projection'
import { storeConformance } from 'rx-projection/testing'
import { describe, test } from 'vitest'

describe('memory() conforms', () => {
  for (const { name, run } of storeConformance({ open: () => memory() })) test(name, run)
})
