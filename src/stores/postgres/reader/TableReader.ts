import { StoreError } from '../../../../operators/ports/errors/StoreError.ts'
import type { LogPage, ReadOptions } from '../../../../operators/ports/events.ts'
import type { Queryable, Row } from '../driver/Driver.ts'
import { passing } from '../failures.ts'
import { decodeRows } from './decodeRows.ts'
import { EmptyEnds } from './EmptyEnds.ts'
import type { LogTable } from './LogTable.ts'
import { ReadAhead } from './ReadAhead.ts'
import { type Hole, safePrefix } from './safePrefix.ts'
import { type Statements, statementsFor } from './statements.ts'
import { Tripwire } from './Tripwire.ts'
import { type Look, type Poll, Watermark } from './Watermark.ts'

/** How long the holes that were passed are left alone, in ms, between two looks into them. */
const TRIPWIRE_EVERY = 1_000

/** What a reader has to be told. */
export interface TableReaderOptions {
  readonly address: string
  /** Told once of each hole that no id will ever fill. */
  readonly onHole?: ((hole: Hole) => void) | undefined
  /** Called each time that a hole has come nearer to its decision, by a look or by a read, also by one that then fails. */
  readonly onMoved?: (() => void) | undefined
  /** Called when a standby has answered. */
  readonly onStandby?: (() => void) | undefined
  readonly now: () => number
}

interface Answer extends Look {
  readonly rows: readonly Row[]
  readonly ids: readonly number[]
  readonly proven: number
}

/** An answer, with what was known when it was asked for. */
interface Fetched {
  readonly poll: Poll
  readonly answer: Answer
}

/** Reads an append-only table whose ids come from a sequence, by the rule of `docs/postgres.md`. */
export class TableReader {
  readonly #db: Queryable
  readonly #table: LogTable
  readonly #statements: Statements
  readonly #options: TableReaderOptions
  readonly #watermark = new Watermark()
  readonly #tripwire = new Tripwire()
  readonly #emptyEnds = new EmptyEnds()
  readonly #readAhead = new ReadAhead<Fetched>()
  #looked = 0
  /** Whether the table was in order once: what is wrong with it then may be a restore that has not ended. */
  #wasInOrder = false
  #fault: StoreError | undefined

  constructor(db: Queryable, table: LogTable, options: TableReaderOptions) {
    this.#db = db
    this.#table = table
    this.#statements = statementsFor(table)
    this.#options = options
  }

  /** Whether a hole waits to be decided. */
  get undecided(): boolean {
    return this.#watermark.pending > 0
  }

  async read(options: ReadOptions): Promise<LogPage> {
    const { after, limit, streams } = options
    await this.#lookIntoHoles()
    // The locks are of no interest to a page without a hole: they are looked at from the first one on.
    let looking = streams !== undefined || this.#watermark.pending > 0
    for (let looks = 0; ; ) {
      const { poll, answer } = (await this.#fetched(options, looking)) ?? (await this.#fetch(options, looking))
      if (this.#shrunk(poll, answer)) continue
      if (answer.head < after) return { events: [], through: after, head: answer.head }
      const { settled } = poll
      const { count, through, holes } =
        streams === undefined ? safePrefix(answer.ids, { after, limit, settled }) : chosen(answer, limit)
      const cut = streams === undefined ? count < answer.ids.length : answer.proven < answer.head
      if (cut && !looking) {
        looking = true
        continue
      }
      if (looking) {
        this.#take(poll, answer, cut)
        looks++
      } else this.#watermark.saw(answer)
      // What was proven by this look may not be used with its own rows: a new snapshot shows them all.
      const proven = this.#watermark.settled > Math.max(settled, through)
      if (cut && proven && count < limit && (looks === 1 || through === after)) continue
      this.#report(holes)
      if (!looking && count === limit && through < answer.head) {
        this.#readAhead.begin(through, limit, () => this.#fetch({ after: through, limit }, false))
      }
      const rows = count === answer.rows.length ? answer.rows : answer.rows.slice(0, count)
      const isFiltered = streams !== undefined
      const linked = isFiltered ? 'all' : this.#emptyEnds.has(after) ? 'first' : 'behind holes'
      const events = decodeRows(this.#options.address, rows, answer.ids, { after, linked }, this.#table.texts)
      if (!isFiltered) this.#emptyEnds.note(through, events.at(-1)?.id ?? after)
      return { events, through, head: answer.head }
    }
  }

  /** Looks whether a hole has come nearer to its decision. */
  async look(): Promise<void> {
    const poll = this.#watermark.begin()
    const answer = this.#decode(await this.#db.query(this.#statements.look))
    if (!this.#shrunk(poll, answer)) this.#take(poll, answer, false)
  }

  /** The last id that is visible; `0` for none. */
  async head(): Promise<number> {
    const [row] = await this.#db.query(this.#statements.head)
    return Number(row?.[0] ?? 0)
  }

  /** What was fetched ahead: of use when it is full, and more follows. Otherwise there may be news by now. */
  async #fetched({ after, limit, streams }: ReadOptions, looking: boolean): Promise<Fetched | undefined> {
    if (looking || streams !== undefined) return undefined
    const ahead = await this.#readAhead.take(after, limit)
    if (ahead === undefined) return undefined
    const { ids, head } = ahead.answer
    return ids.length === limit && ids.at(-1)! < head ? ahead : undefined
  }

  async #fetch(options: ReadOptions, looking: boolean): Promise<Fetched> {
    const poll = this.#watermark.begin()
    return { poll, answer: await this.#ask(poll, options, looking) }
  }

  async #ask(poll: Poll, { after, limit, streams, signal }: ReadOptions, looking: boolean): Promise<Answer> {
    const statements = this.#statements
    if (streams !== undefined) {
      return this.#decode(
        await this.#db.query(statements.some, [after, limit, poll.settled, [...new Set(streams)]], signal),
      )
    }
    if (looking) return this.#decode(await this.#db.query(statements.all, [after, limit], signal))
    if (after > 0 && after === poll.seen) {
      const rows = await this.#db.query(statements.tail, [after, limit], signal)
      const ids = rows.map(([id]) => Number(id))
      this.#checkHead(ids.at(-1) ?? 0, rows)
      if (rows.length > 0 && rows.length < limit) return { rows, ids, head: ids.at(-1)!, holders: [], proven: 0 }
    }
    return this.#decode(await this.#db.query(statements.quick, [after, limit], signal))
  }

  #decode(found: readonly Row[]): Answer {
    const at = found.at(-1)?.[0] === null ? found.length - 1 : found.findIndex(([id]) => id === null)
    const look = JSON.parse(found[at]![1] as string) as {
      head: number | null
      holders?: string[] | null
      standby: boolean
      drawn: number | null
      proven?: number
    }
    const rows = at === found.length - 1 ? found.slice(0, at) : found.filter(([id]) => id !== null)
    const ids = rows.map(([id]) => Number(id))
    const head = look.head ?? 0
    const { name, sequence } = this.#table
    if (look.standby) {
      this.#options.onStandby?.()
      throw passing(
        this.#options.address,
        'the server has become a standby, which knows no locks of its primary: connect to the primary',
      )
    }
    this.#checkHead(head, rows)
    if (look.drawn !== null && head > look.drawn) {
      const message =
        `${name} has an id ${head}, but its sequence ${sequence.name} stands at ${look.drawn}: ids were given by hand. ` +
        `No reader can tell what is missing below; set the sequence to the highest id, and let it give all ids`
      if (!this.#wasInOrder) this.#fail(message)
      throw passing(this.#options.address, message)
    }
    this.#wasInOrder = true
    return { rows, ids, head, holders: look.holders ?? [], proven: look.proven ?? 0 }
  }

  #checkHead(head: number, rows: readonly Row[]): void {
    if (Number.isSafeInteger(head)) return
    const id = rows.at(-1)?.[0]
    this.#fail(
      `the ids of ${this.#table.name} have grown beyond 2^53${Number.isSafeInteger(Number(id)) ? '' : ` (${id})`}: ` +
        'positions are JavaScript numbers, and cannot hold them',
    )
  }

  /** Truncated, or restored: whoever was further finds out by the head, and nothing that was proven holds any more. */
  #shrunk({ seen }: Poll, { head }: Look): boolean {
    if (head >= seen) return false
    this.#watermark.reset()
    this.#emptyEnds.reset()
    this.#tripwire.reset()
    this.#options.onMoved?.()
    return true
  }

  /** What has moved is told immediately: no later look can see it. */
  #take(poll: Poll, answer: Answer, undecided: boolean): void {
    if (this.#watermark.take(poll, answer, undecided)) this.#options.onMoved?.()
  }

  #report(holes: readonly Hole[]): void {
    const { onHole } = this.#options
    for (const hole of this.#tripwire.pass(holes)) onHole?.(hole)
  }

  /** A row in a hole that was passed: then the ids do not come as the rule presumes, and events may have been missed. */
  async #lookIntoHoles(): Promise<void> {
    if (this.#fault !== undefined) throw this.#fault
    const { watched } = this.#tripwire
    const now = this.#options.now()
    if (watched.length === 0 || now - this.#looked < TRIPWIRE_EVERY) return
    this.#looked = now
    const [found] = await this.#db.query(this.#statements.tripwire, [
      watched.map(({ from }) => from),
      watched.map(({ to }) => to),
    ])
    if (found === undefined) return
    const { name } = this.#table
    this.#fault = this.#error(
      `event ${found[0]} of ${name} has turned up in a hole that was proven to stay one: its id was given by hand, or drawn ` +
        `in another transaction than its insert. Readers have passed it: let the insert draw the id, and rebuild what reads it`,
    )
    throw this.#fault
  }

  #error(message: string): StoreError {
    return new StoreError(this.#options.address, message)
  }

  #fail(message: string): never {
    throw this.#error(message)
  }
}

/** Of some streams, the statement itself has left out what is not decided. */
function chosen({ rows, ids, proven }: Answer, limit: number): ReturnType<typeof safePrefix> {
  return { count: rows.length, through: rows.length === limit ? ids.at(-1)! : proven, holes: [] }
}
