import { storeConformance } from 'rx-projection/testing'
import { test } from 'vitest'
import { describeOnServer } from './support/onServer.ts'
import { serverStores } from './support/openers.ts'

describeOnServer('postgres() on a server conforms', (on) => {
  for (const { name, run } of storeConformance(serverStores(() => on.url))) test(name, run)
})
