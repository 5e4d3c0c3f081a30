import { createHash } from 'node:crypto'
import type { Commit, FileChange } from '../git/commit.ts'

/** A person in the invented team: when they work, on what, and how much. */
interface Person {
  readonly name: string
  readonly email: string
  readonly zone: string
  /** The first and the last week of their time in the team. */
  readonly weeks: readonly [first: number, last: number]
  readonly hours: readonly [first: number, last: number]
  /** Commits in a usual week. */
  readonly pace: number
  readonly folders: readonly string[]
}

const TEAM: readonly Person[] = [
  person('Ilse Brandvik', '+01:00', [0, 62], [7, 15], 1.6, ['tides', 'tides/models', 'docs', 'harbour']),
  person('Tomasz Okoro', '+00:00', [2, 40], [10, 19], 1.4, ['harbour', 'harbour/berths', 'api']),
  person('Priya Lindqvist', '+05:30', [9, 62], [9, 18], 1.1, ['api', 'api/routes', 'harbour/berths']),
  person('Joaquim Aalto', '-03:00', [20, 62], [13, 23], 0.9, ['app', 'app/charts', 'app/screens']),
  person('Wren Abernathy', '+13:00', [30, 55], [8, 14], 0.5, ['docs', 'app/screens']),
]

const WEEKS = 63
/** The week in which a folder is renamed. */
const MOVE = 30
/** A Monday. */
const BEGIN = Date.parse('2025-03-03T00:00:00Z')
const HOUR = 60 * 60 * 1000
const NAMES = [
  'plan',
  'table',
  'draught',
  'window',
  'signal',
  'ledger',
  'buoy',
  'current',
  'quay',
  'rope',
  'moon',
  'chart',
]
const VERBS = ['Add', 'Simplify', 'Correct', 'Speed up', 'Test', 'Split', 'Explain']

/**
 * Invents the history of the sample, always the same: for a little over a year, five people plan moorings by the tides.
 * One of them leaves, folders change hands, a folder is renamed, a file goes, branches are merged.
 */
export function inventHistory(): Commit[] {
  return new Inventor().commits()
}

class Inventor {
  private readonly random = chance(1855)
  private readonly history: Commit[] = []
  private files: string[] = []

  commits(): Commit[] {
    for (let week = 0; week < WEEKS; week++) this.week(week)
    return this.history
  }

  private week(week: number): void {
    if (week === MOVE) this.moveFolder('app/charts', 'app/plots', week)
    for (const { author, time } of this.shifts(week)) {
      const before = this.history.length
      const files = this.changes(author, week)
      this.commit(author, time, subjectOf(files[0] as FileChange, this.pick(VERBS)), files)
      if (before % 23 === 22) this.merge(author, time + 20 * 60_000)
    }
  }

  /** The commits of a week, in order: when, and by which person. */
  private shifts(week: number): { author: Person; time: number }[] {
    const holiday = week % 52 === 42 || week % 52 === 43
    return TEAM.filter(({ weeks: [first, last] }) => !holiday && week >= first && week <= last)
      .flatMap((author) =>
        Array.from({ length: Math.floor(author.pace * 2 * this.random() + this.random()) }, () => ({
          author,
          time: this.timeIn(week, author),
        })),
      )
      .sort((one, other) => one.time - other.time)
  }

  /** A time within a person's working hours, occasionally on a Saturday. */
  private timeIn(week: number, { hours: [first, last], zone }: Person): number {
    const day = this.random() < 0.05 ? 5 : Math.floor(this.random() * 5)
    const hour = first + ((this.random() + this.random()) / 2) * (last - first)
    return BEGIN + (week * 7 + day) * 24 * HOUR + Math.floor(hour * 60) * 60_000 - zoneOffset(zone)
  }

  private changes({ folders }: Person, week: number): FileChange[] {
    const changes = new Map<string, FileChange>()
    for (let count = 1 + Math.floor(this.random() * 3); count > 0; count--) {
      const folder = this.pick(folders)
      const change = this.change(week >= MOVE ? folder.replace('app/charts', 'app/plots') : folder)
      changes.set(change.path, change)
    }
    return [...changes.values()]
  }

  private change(folder: string): FileChange {
    const known = this.files.filter((path) => path.slice(0, path.lastIndexOf('/')) === folder)
    const size = Math.ceil(40 * this.random() ** 2)
    if (known.length > 4 && this.random() < 0.03) {
      const path = this.pick(known)
      this.files = this.files.filter((file) => file !== path)
      return { path, added: 0, deleted: size, gone: true }
    }
    if (known.length > 2 && this.random() < 0.8) {
      return { path: this.pick(known), added: size, deleted: Math.floor(size * this.random()) }
    }
    const path = `${folder}/${this.pick(NAMES)}.${folder === 'docs' ? 'md' : 'ts'}`
    if (!this.files.includes(path)) this.files.push(path)
    return { path, added: 20 + size, deleted: 0 }
  }

  private moveFolder(from: string, to: string, week: number): void {
    const author = TEAM[3] as Person
    const moving = this.files.filter((path) => path.startsWith(`${from}/`))
    const files = moving.map((path) => ({ path: path.replace(from, to), from: path, added: 1, deleted: 1 }))
    this.files = [...this.files.filter((path) => !moving.includes(path)), ...files.map(({ path }) => path)]
    this.commit(author, this.timeIn(week, author), `Rename ${from} to ${to}`, files)
  }

  private commit(author: Person, time: number, subject: string, files: readonly FileChange[]): void {
    const parent = this.history.at(-1)?.hash
    this.record(author, time, subject, parent === undefined ? [] : [parent], files)
  }

  /** Merges the latest commit into the one before it. */
  private merge(author: Person, time: number): void {
    const [main, branch] = this.history.slice(-2).map(({ hash }) => hash) as [string, string]
    this.record(author, time, 'Merge a branch', [main, branch], [])
  }

  private record(
    { name, email, zone }: Person,
    time: number,
    subject: string,
    parents: readonly string[],
    files: readonly FileChange[],
  ): void {
    const hash = createHash('sha1').update(`sample ${this.history.length}`).digest('hex')
    const authoredAt = new Date(time + zoneOffset(zone)).toISOString().slice(0, 19) + zone
    this.history.push({ hash, parents, author: name, email, authoredAt, subject, files })
  }

  private pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.random() * list.length)] as T
  }
}

function person(
  name: string,
  zone: string,
  weeks: Person['weeks'],
  hours: Person['hours'],
  pace: number,
  folders: readonly string[],
): Person {
  return { name, email: `${name.split(' ')[0]?.toLowerCase()}@moorings.example`, zone, weeks, hours, pace, folders }
}

function subjectOf({ path, gone }: FileChange, verb: string): string {
  const thing = path.slice(path.lastIndexOf('/') + 1).replace(/\.\w+$/, '')
  return gone ? `Remove the ${thing}` : `${verb} the ${thing}`
}

function zoneOffset(zone: string): number {
  const [hours, minutes] = zone.slice(1).split(':').map(Number) as [number, number]
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000
}

/** Pseudo-random numbers from 0 up to 1, the same in each run (mulberry32). */
function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
