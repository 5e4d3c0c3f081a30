import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { lines, TemporaryRepository } from './temporaryRepository.ts'

/** Where the log of a repository lies by default. */
export function logOf(repository: TemporaryRepository): string {
  return join(repository.path, '.git/rx-projection/git-history.db')
}

/** How many events lie in a log. */
export function eventsIn(log: string): number {
  const db = new DatabaseSync(log)
  try {
    return Number(db.prepare('SELECT count(*) AS count FROM rx_events').get()?.count)
  } finally {
    db.close()
  }
}

/** A small history: two people, two folders, a rename. */
export function smallHistory(): TemporaryRepository {
  const repository = new TemporaryRepository()
  repository.change('src/a.txt', lines(30), { date: '2026-11-09T09:30:00+01:00' })
  repository.change('docs/b.txt', lines(10), { author: 'Grace Hopper', date: '2026-11-16T14:00:00-05:00' })
  repository.git('mv', 'src/a.txt', 'src/c.txt')
  repository.commit('Rename', { author: 'Grace Hopper', date: '2026-11-17T14:00:00-05:00' })
  return repository
}
