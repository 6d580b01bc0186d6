import { eachChunk } from './file'
import type { TableSource } from './source'

/** Where a row of the table starts in the file as text. */
export interface RowPlace {
  /** From 1. */
  readonly line: number
  readonly byte: number
}

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d

/**
 * Where rows start, in one pass up to the last of them; null where the file had to be rewritten to be read, so that its
 * lines are not those of what was read. A file that is read as it stands has no lone carriage returns, nothing between
 * quotes and delimiters, and no blank lines that are not empty.
 * @param rows from 1
 */
export async function placesOf(source: TableSource, rows: readonly number[]): Promise<Map<number, RowPlace> | null> {
  if (source.rewritten) return null
  const wanted = new Set(rows)
  const last = Math.max(0, ...rows)
  const places = new Map<number, RowPlace>()
  const delimiter = source.format.delimiter.charCodeAt(0)
  const quote = source.format.quote === '' ? -1 : source.format.quote.charCodeAt(0)
  // A blank line of a table of one column is a row with a missing value.
  const blankIsRow = source.names.length === 1
  let row = source.header ? -1 : 0
  let line = 1
  let position = source.file.from
  let start = { line, byte: position }
  let quoted = false
  let previous = LINE_FEED
  let empty = true
  await eachChunk(source.file.path, source.file.from, (chunk) => {
    for (let i = 0; i < chunk.length && row < last; i++, position++) {
      const byte = chunk[i] ?? 0
      if (byte === quote) {
        // Closing and opening again is a doubled quote; elsewhere in a cell it is a character like any other.
        if (quoted) quoted = false
        else if (previous === delimiter || previous === quote || empty) quoted = true
      }
      if (byte === LINE_FEED) line += 1
      if (byte === LINE_FEED && !quoted) {
        if (!empty || (blankIsRow && row >= 0)) {
          row += 1
          if (wanted.has(row)) places.set(row, start)
        }
        start = { line, byte: position + 1 }
        empty = true
      } else if (byte !== CARRIAGE_RETURN || quoted) empty = false
      previous = byte
    }
  })
  if (row < last && !empty && wanted.has(row + 1)) places.set(row + 1, start)
  return places
}
