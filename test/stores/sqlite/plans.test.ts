import type { DatabaseSync } from 'node:sqlite'
import { sqlite } from 'rx-projection/sqlite'
import { describe, expect, test } from 'vitest'
import { HEAD, READ_ALL, readStreamsSql } from '../../../src/stores/sqlite/pageSql.ts'
import { REVISION } from '../../../src/stores/sqlite/sqliteEvents.ts'

/** What SQLite does for a statement, a step a line. */
function planOf(sql: string): readonly string[] {
  const store = sqlite(':memory:')
  return store.transactions.run(({ context }) => stepsOf(context.db, sql)) as readonly string[]
}

function stepsOf(db: DatabaseSync, sql: string): readonly string[] {
  return db
    .prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .all()
    .map(({ detail }) => String(detail))
}

/** Walks through the log or an index of it from the beginning, or sorts what it has found. A page may be walked through. */
const growing = /SCAN(?! \(subquery-\d+\)$)|TEMP B-TREE/

describe('what a read costs does not grow with the log', () => {
  test('a page of the whole log seeks its first event', () => {
    expect(planOf(READ_ALL)).toEqual([
      'CO-ROUTINE (subquery-1)',
      'SEARCH rx_events USING INTEGER PRIMARY KEY (rowid>?)',
      'SCAN (subquery-1)',
    ])
  })

  test('a page of one stream seeks its first event in the index', () => {
    expect(planOf(readStreamsSql(1))).toEqual([
      'CO-ROUTINE (subquery-1)',
      'SEARCH rx_events USING INDEX rx_events_stream (stream=? AND rowid>?)',
      'SCAN (subquery-1)',
    ])
  })

  test.each([2, 3, 50, 400])('a page of %i streams merges as many seeks, without a sort', (streams) => {
    const steps = planOf(readStreamsSql(streams))
    expect(steps.filter((step) => growing.test(step))).toEqual([])
    expect(steps.filter((step) => step.startsWith('SEARCH'))).toHaveLength(streams)
    expect(steps.filter((step) => step.startsWith('MERGE'))).toHaveLength(streams - 1)
  })

  test('a plan that sorts or walks through the log would be noticed', () => {
    const [sorted, walked] = [
      planOf('SELECT * FROM rx_events WHERE stream = ? ORDER BY type LIMIT 5'),
      planOf('SELECT * FROM rx_events WHERE type = ?'),
    ]
    expect(sorted.some((step) => growing.test(step)) && walked.some((step) => growing.test(step))).toBe(true)
  })

  test('the head and the revision of a stream are one seek', () => {
    expect(planOf(HEAD)).toEqual(['SEARCH rx_events'])
    expect(planOf(REVISION)).toEqual(['SEARCH rx_events USING INDEX rx_events_stream (stream=?)'])
  })
})
