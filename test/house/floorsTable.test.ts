import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { floors } from './support/floors.ts'
import { tableOf, withTable } from './support/floorsTable.ts'
import { root } from './support/sources.ts'

test('CONTRIBUTING.md shows the floors as they are', async () => {
  // `npm test -- test/house -u` writes the table.
  const text = readFileSync(`${root}CONTRIBUTING.md`, 'utf8')
  await expect(withTable(text, '## The house', tableOf(floors))).toMatchFileSnapshot('../../CONTRIBUTING.md')
})
