import type { Database } from './database'

/** Cells held at a time: 16 MB of float64. */
const BLOCK_CELLS = 1 << 21
const MAX_BLOCK_ROWS = 1 << 14

/** A stretch of rows, column by column. The arrays are used again for the next block. */
export interface Block {
  /** Rows before this block. */
  readonly start: number
  readonly rows: number
  /** One array per selected value, at least `rows` long. */
  readonly columns: readonly Float64Array[]
}

/**
 * Stream the rows of a query whose values are all DOUBLE.
 * @param values SQL expressions; NULL arrives as NaN
 * @param rest what follows the SELECT list: FROM …
 * @param width cells the caller makes of a row, when those are more
 */
export async function* readBlocks(
  database: Database,
  values: readonly string[],
  table: string,
  width = 0
): AsyncGenerator<Block> {
  const capacity = blockRows(Math.max(values.length, width))
  const columns = values.map(() => new Float64Array(capacity))
  let start = 0
  let filled = 0
  let expected = 0
  for await (const chunk of database.chunks(`SELECT ${values.join(', ')}, rowid::DOUBLE FROM ${table}`)) {
    const rows = chunk.rowCount
    const ids = chunk.getColumnVector(values.length)
    // An order that was lost would give rows the wrong part of the split, and nobody would notice.
    for (let i = 0; i < rows; i++)
      if (ids.getItem(i) !== expected++) throw new Error('The rows of a table arrived out of order.')
    for (let taken = 0; taken < rows;) {
      const take = Math.min(rows - taken, capacity - filled)
      for (const [index, into] of columns.entries()) {
        const vector = chunk.getColumnVector(index)
        for (let i = 0; i < take; i++) into[filled + i] = numberOf(vector.getItem(taken + i))
      }
      taken += take
      filled += take
      if (filled === capacity) {
        yield { start, rows: filled, columns }
        start += filled
        filled = 0
      }
    }
  }
  if (filled > 0) yield { start, rows: filled, columns }
}

/** The most rows a block of such a width has. */
export function blockRows(width: number): number {
  return Math.max(1, Math.min(MAX_BLOCK_ROWS, Math.floor(BLOCK_CELLS / Math.max(1, width))))
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : Number.NaN
}
