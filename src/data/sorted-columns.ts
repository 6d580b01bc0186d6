import { readBlocks } from './blocks'
import type { Database } from './database'

/** Cells that are held at a time. */
const CELLS_AT_ONCE = 1 << 23

export interface WantedColumn {
  /** An SQL expression of type DOUBLE. */
  readonly value: string
  /** How many values there are. */
  readonly count: number
}

/**
 * The values of columns one by one, as many columns at a time as fit into a bounded memory.
 * @param rows how many the table has
 * @param include rows for which this is 0, or null for all
 * @param use gets each column's values without the missing ones; the array is its own to change
 */
export async function eachColumn<C extends WantedColumn>(
  database: Database,
  table: string,
  rows: number,
  columns: readonly C[],
  include: Uint8Array | null,
  use: (column: C, values: Float64Array) => void,
  cellsAtOnce = CELLS_AT_ONCE
): Promise<void> {
  const atOnce = Math.max(1, Math.floor(cellsAtOnce / rows))
  for (let from = 0; from < columns.length; from += atOnce) {
    const some = columns.slice(from, from + atOnce)
    const collected = some.map((column) => ({ column, values: new Float64Array(column.count), filled: 0 }))
    const expressions = some.map((column) => column.value)
    for await (const block of readBlocks(database, expressions, table)) {
      for (const [index, into] of collected.entries()) {
        const cells = block.columns[index]
        for (let i = 0; i < block.rows; i++) {
          const value = cells?.[i] ?? Number.NaN
          if (Number.isNaN(value) || (include !== null && include[block.start + i] !== 0)) continue
          into.values[into.filled++] = value
        }
      }
    }
    for (const { column, values } of collected) use(column, values)
  }
}

/** @param sorted ascending, not empty */
export function medianOf(sorted: Float64Array): number {
  return quantileOf(sorted, 0.5)
}

/**
 * The value below which a share of the values lies, interpolated linearly between neighbours: type 7 of Hyndman and
 * Fan, "Sample quantiles in statistical packages", The American Statistician 50 (1996), as in NumPy and scikit-learn.
 * @param sorted ascending, not empty
 * @param share from 0 to 1
 */
export function quantileOf(sorted: Float64Array, share: number): number {
  const place = (sorted.length - 1) * share
  const index = Math.floor(place)
  const lower = sorted[index] ?? Number.NaN
  const rest = place - index
  return rest === 0 ? lower : lower + ((sorted[index + 1] ?? Number.NaN) - lower) * rest
}

/**
 * The most frequent value, the smallest of equally frequent ones.
 * @param sorted ascending, not empty
 */
export function modeOf(sorted: Float64Array): number {
  let mode = sorted[0] ?? Number.NaN
  let best = 0
  let run = 0
  for (let i = 0; i < sorted.length; i++) {
    run = i > 0 && sorted[i] === sorted[i - 1] ? run + 1 : 1
    if (run > best) {
      best = run
      mode = sorted[i] ?? Number.NaN
    }
  }
  return mode
}

/** @param sorted ascending */
export function distinctOf(sorted: Float64Array): number {
  let distinct = 0
  for (let i = 0; i < sorted.length; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) distinct += 1
  return distinct
}
