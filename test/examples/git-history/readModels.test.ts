import { describe, expect, it } from 'vitest'
import { imported } from '../../../examples/git-history/import/imported.ts'
import { activity } from '../../../examples/git-history/projections/activity.ts'
import { contributors } from '../../../examples/git-history/projections/contributors.ts'
import { entry, listEntries } from '../../../examples/git-history/projections/entries.ts'
import { latest } from '../../../examples/git-history/projections/latest.ts'
import { changed, committed, folded, removed, renamed } from './support/historyEvents.ts'

describe('activity', () => {
  it('counts commits by the Monday of their week', () => {
    const { weeks } = folded(activity, [
      committed('Ada', '2026-11-15T23:59:59+01:00'),
      committed('Ada', '2026-11-16T00:00:00+01:00'),
      committed('Ada', '2026-11-22T23:59:59+01:00'),
      committed('Ada', '2026-11-23T00:00:00+01:00'),
    ])
    expect(listEntries(weeks)).toEqual([
      ['2026-11-09', 1],
      ['2026-11-16', 2],
      ['2026-11-23', 1],
    ])
  })

  it('counts them by weekday and hour on the clock of who made them', () => {
    const { hours } = folded(activity, [
      committed('Ada', '2026-11-16T23:30:00-08:00'),
      committed('Ada', '2026-11-22T00:10:00+13:00'),
      committed('Ada', '2026-11-22T00:50:00+00:00'),
    ])
    expect(hours[0]?.[23]).toBe(1)
    expect(hours[6]?.[0]).toBe(2)
    expect(hours.flat().reduce((sum, some) => sum + some)).toBe(3)
  })

  it('knows the weekday of days before 1970 too', () => {
    const { weeks, hours } = folded(activity, [committed('Ada', '1969-12-31T12:00:00+00:00')])
    expect(listEntries(weeks)).toEqual([['1969-12-29', 1]])
    expect(hours[2]?.[12]).toBe(1)
  })
})

describe('contributors', () => {
  it('counts commits and lines, and knows the first and the last day', () => {
    const all = folded(contributors, [
      committed('__proto__', '2026-02-01T10:00:00Z'),
      changed('a', '__proto__', 3, 1),
      renamed('a', 'b', '__proto__', 1),
      committed('__proto__', '2026-01-01T10:00:00Z'),
      removed('b', '__proto__', 4),
      committed('Ada', '2026-03-01T10:00:00Z'),
    ])
    expect(entry(all, '__proto__')).toEqual({ commits: 2, lines: 9, first: '2026-01-01', last: '2026-02-01' })
    expect(entry(all, 'Ada')).toEqual({ commits: 1, lines: 0, first: '2026-03-01', last: '2026-03-01' })
  })
})

describe('latest', () => {
  it('keeps ten commits, each with what it changed', () => {
    const events = Array.from({ length: 12 }, (_, index) => [
      committed(`Author ${index}`, '2026-01-01T10:00:00Z'),
      changed('a', `Author ${index}`, index, 1),
    ]).flat()
    const { commits, newest } = folded(latest, events)
    expect(commits).toBe(12)
    expect(newest.map(({ author }) => author)).toEqual(Array.from({ length: 10 }, (_, index) => `Author ${index + 2}`))
    expect(newest.at(-1)).toMatchObject({ files: 1, added: 11, deleted: 1, merge: false })
  })

  it('tells a merge', () => {
    expect(folded(latest, [committed('Ada', '2026-01-01T10:00:00Z', { parents: ['1', '2'] })]).newest[0]?.merge).toBe(
      true,
    )
  })
})

describe('imported', () => {
  const commit = (hash: string, ...parents: string[]) => ({
    type: 'CommitRecorded' as const,
    payload: { commit: hash, parents, author: 'Ada', email: '', authoredAt: '2026-01-01T10:00:00Z', subject: '' },
  })

  it('knows the commits that no imported commit comes from, and those that come from none', () => {
    const log = [commit('a'), commit('b', 'a'), commit('c', 'a'), commit('z')]
    expect(folded(imported, log)).toEqual({ commits: 4, newest: ['b', 'c', 'z'], roots: ['a', 'z'], last: 'z' })
    expect(folded(imported, [...log, commit('m', 'b', 'c')]).newest).toEqual(['z', 'm'])
  })
})
