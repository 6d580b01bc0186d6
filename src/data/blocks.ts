import { DuckDBTypeId, type DuckDBDataChunk } from '@duckdb/node-api'
import bindings from '@duckdb/node-bindings'
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
 * @param table what follows FROM
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
    if (expected === 0) requireDoubles(chunk)
    // An order that was lost would give rows the wrong part of the split, and nobody would notice.
    for (const id of doublesOf(chunk, values.length))
      if (id !== expected++) throw new Error('The rows of a table arrived out of order.')
    for (let taken = 0; taken < rows;) {
      const take = Math.min(rows - taken, capacity - filled)
      for (const [index, into] of columns.entries())
        into.set(doublesOf(chunk, index).subarray(taken, taken + take), filled)
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

function requireDoubles(chunk: DuckDBDataChunk): void {
  for (let index = 0; index < chunk.columnCount; index++) {
    const { type } = chunk.getColumnVector(index)
    if (type.typeId !== DuckDBTypeId.DOUBLE) throw new Error(`Value ${index} of a block is ${String(type)}, no DOUBLE.`)
  }
}

/**
 * A column of a chunk at once: asking the vector for one value after the other takes ten times as long.
 * @returns valid as long as the chunk; NULL is NaN
 */
function doublesOf(chunk: DuckDBDataChunk, index: number): Float64Array {
  const rows = chunk.rowCount
  const vector = bindings.data_chunk_get_vector(chunk.chunk, index)
  const data = bindings.vector_get_data(vector, rows * Float64Array.BYTES_PER_ELEMENT)
  const values = new Float64Array(data.buffer, data.byteOffset, rows)
  // One bit a row, 1 for a value; nothing at all when every row has one.
  const valid: Uint8Array | null = bindings.vector_get_validity(vector, Math.ceil(rows / 64) * 8)
  if (valid === null) return values
  const copy = Float64Array.from(values)
  for (let row = 0; row < rows; row++) if ((((valid[row >> 3] ?? 0) >> (row & 7)) & 1) === 0) copy[row] = Number.NaN
  return copy
}
