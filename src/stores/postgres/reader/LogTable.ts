import type { ColumnTexts } from './columnTexts.ts'

/** A table that events are read from: the store's own, or one of the application's. All texts are SQL. */
export interface LogTable {
  /** Its name, with its schema. */
  readonly name: string
  /** The column of its ids. */
  readonly id: string
  /** Stream, type, payload (JSON text), revision, time (ISO 8601), metadata (JSON text). */
  readonly columns: readonly [string, string, string, string, string, string]
  /** How the texts of the columns are decoded, where they may have what JavaScript cannot hold. The store's own have none. */
  readonly texts?: {
    readonly payload: ColumnTexts
    readonly metadata: ColumnTexts | undefined
    /** The column of the revision. */
    readonly revision: string | undefined
  }
  /** The sequence that gives the ids: its name, and its number. */
  readonly sequence: { readonly name: string; readonly oid: string }
  /** Whether the sequence itself may be read. */
  readonly sequenceReadable: boolean
  /**
   * Rows of some streams: of `id > $1` up to a bound, in order, `$2` at the most. `streams` is a parameter, an array of
   * texts.
   */
  filtered(parts: { readonly columns: string; readonly streams: string; readonly bound: string }): string
}
