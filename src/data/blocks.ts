import type { DuckDBDataChunk } from '@duckdb/node-api'
import type { Database } from './database'
import { duckdb, type DuckDb } from './duckdb'
import type { StoredColumns } from './stored-columns'

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

/** A table whose rows can be streamed. */
export interface BlockTable {
  /** Its name in the database. */
  readonly id: string
  readonly rows: number
  /** What of it is in memory, if anything. */
  readonly stored: StoredColumns | null
}

/**
 * Stream values of the rows of a table: those in memory from there, the others from the database.
 * @param values SQL expressions of type DOUBLE; NULL arrives as NaN. The name of a column in memory stands for what is
 * stored of it, which may be codes of texts.
 * @param width cells the caller makes of a row, when those are more
 */
export async function* readBlocks(
  database: Database,
  values: readonly string[],
  table: BlockTable,
  width = 0
): AsyncGenerator<Block> {
  const { stored } = table
  const inMemory = values.map((value) => stored?.holds({ id: value }) === true)
  const capacity = blockRows(Math.max(values.length, width))
  const memory = values.map((_, index) => (inMemory[index] === true ? new Float64Array(capacity) : null))
  const read = (start: number, rows: number): void => {
    for (const [index, value] of values.entries()) {
      const into = memory[index]
      if (into instanceof Float64Array) stored?.read({ id: value }, start, into, rows)
    }
  }
  const others = values.filter((_, index) => inMemory[index] === false)
  if (others.length > 0) {
    for await (const block of readFromDatabase(database, others, table.id, capacity)) {
      read(block.start, block.rows)
      let other = 0
      const columns = memory.map((column) => column ?? block.columns[other++] ?? new Float64Array(0))
      yield { start: block.start, rows: block.rows, columns }
    }
    return
  }
  const columns = memory.filter((column) => column !== null)
  for (let start = 0; start < table.rows; start += capacity) {
    const rows = Math.min(capacity, table.rows - start)
    read(start, rows)
    yield { start, rows, columns }
    // Whoever wants to cancel has to be heard between two blocks.
    await new Promise(setImmediate)
    database.check()
  }
}

async function* readFromDatabase(
  database: Database,
  values: readonly string[],
  table: string,
  capacity: number
): AsyncGenerator<Block> {
  const { api, bindings } = await duckdb()
  const columns = values.map(() => new Float64Array(capacity))
  let start = 0
  let filled = 0
  let expected = 0
  for await (const chunk of database.chunks(`SELECT ${values.join(', ')}, rowid::DOUBLE FROM ${table}`)) {
    const rows = chunk.rowCount
    if (expected === 0) requireDoubles(chunk, api)
    // An order that was lost would give rows the wrong part of the split, and nobody would notice.
    for (const id of doublesOf(chunk, values.length, bindings))
      if (id !== expected++) throw new Error('The rows of a table arrived out of order.')
    for (let taken = 0; taken < rows;) {
      const take = Math.min(rows - taken, capacity - filled)
      for (const [index, into] of columns.entries())
        into.set(doublesOf(chunk, index, bindings).subarray(taken, taken + take), filled)
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

function requireDoubles(chunk: DuckDBDataChunk, { DuckDBTypeId }: DuckDb['api']): void {
  for (let index = 0; index < chunk.columnCount; index++) {
    const { type } = chunk.getColumnVector(index)
    if (type.typeId !== DuckDBTypeId.DOUBLE) throw new Error(`Value ${index} of a block is ${String(type)}, no DOUBLE.`)
  }
}

/**
 * A column of a chunk at once: asking the vector for one value after the other takes ten times as long.
 * @returns valid as long as the chunk; NULL is NaN
 */
function doublesOf(chunk: DuckDBDataChunk, index: number, bindings: DuckDb['bindings']): Float64Array {
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
