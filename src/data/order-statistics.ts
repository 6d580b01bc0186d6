import { readBlocks, type BlockTable } from './blocks'
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
 * @param include rows for which this is 0, or null for all
 * @param use gets each column's values without the missing ones; it may change the array, but not keep it
 */
export async function eachColumn<C extends WantedColumn>(
  database: Database,
  table: BlockTable,
  columns: readonly C[],
  include: Uint8Array | null,
  use: (column: C, values: Float64Array) => void,
  onProgress: (fraction: number) => void = () => undefined,
  cellsAtOnce = CELLS_AT_ONCE
): Promise<void> {
  const { rows } = table
  const atOnce = Math.min(columns.length, Math.max(1, Math.floor(cellsAtOnce / rows)))
  const longest = columns.reduce((most, { count }) => Math.max(most, count), 0)
  // Used again and again: large arrays are given back late, and a large table would have several times as many.
  const buffers = Array.from({ length: atOnce }, () => new Float64Array(longest))
  for (let from = 0; from < columns.length; from += atOnce) {
    const some = columns.slice(from, from + atOnce)
    const collected = some.map((column, index) => {
      const values = buffers[index]?.subarray(0, column.count) ?? new Float64Array(column.count)
      return { column, values, filled: 0 }
    })
    const expressions = some.map((column) => column.value)
    for await (const block of readBlocks(database, expressions, table)) {
      for (const [index, into] of collected.entries()) {
        const cells = block.columns[index]
        if (cells !== undefined && include === null && into.values.length === rows) {
          into.values.set(cells.subarray(0, block.rows), block.start)
          continue
        }
        for (let i = 0; i < block.rows; i++) {
          const value = cells?.[i] ?? Number.NaN
          if (Number.isNaN(value) || (include !== null && include[block.start + i] !== 0)) continue
          into.values[into.filled++] = value
        }
      }
      const read = (block.start + block.rows) / rows
      onProgress((from + some.length * read) / columns.length)
    }
    for (const { column, values } of collected) {
      use(column, values)
      // Of a million values it takes some 40 ms.
      await new Promise(setImmediate)
      database.check()
    }
  }
}

/**
 * The values below which given shares of the values lie, interpolated linearly between neighbours: type 7 of Hyndman and
 * Fan, "Sample quantiles in statistical packages", The American Statistician 50 (1996), as in NumPy and scikit-learn.
 * @param values in any order, not empty, none of them NaN
 * @param shares from 0 to 1
 */
export function quantilesOf(values: Float64Array, shares: readonly number[]): number[] {
  const places = shares.map((share) => (values.length - 1) * share)
  const ranks = places.flatMap((place) => [Math.floor(place), Math.ceil(place)])
  const found = valuesAtRanks(values, ranks)
  return places.map((place, index) => {
    const lower = found[2 * index] ?? Number.NaN
    const upper = found[2 * index + 1] ?? Number.NaN
    return lower + (upper - lower) * (place - Math.floor(place))
  })
}

/** Fewer values than these are sorted. */
const FEW = 1 << 12
const DIGITS = 1 << 16
/** A float64 has so many digits of 16 bits. */
const LEVELS = 4

/**
 * What would stand at given places if the values were sorted: selection by distribution. They are counted by their leading 16 bits, and only those
 * that share these bits with a wanted one are looked at further: some ten times faster than sorting a million.
 * @param values in any order, none of them NaN
 * @param ranks from 0; at most 255 different ones
 */
export function valuesAtRanks(values: Float64Array, ranks: readonly number[]): number[] {
  const found = new Map<number, number>()
  select(
    values,
    [...new Set(ranks)].sort((a, b) => a - b),
    0,
    0,
    found
  )
  return ranks.map((rank) => found.get(rank) ?? Number.NaN)
}

/**
 * @param ranks ascending
 * @param before how many values are known to be smaller than all of these, and counted in `ranks`
 */
function select(
  values: Float64Array,
  ranks: readonly number[],
  before: number,
  level: number,
  found: Map<number, number>
): void {
  if (values.length <= FEW || level === LEVELS) {
    const sorted = values.slice().sort()
    for (const rank of ranks) found.set(rank, sorted[rank - before] ?? Number.NaN)
    return
  }
  const digits = digitsOf(values, level)
  const counts = new Uint32Array(DIGITS)
  for (let i = 0; i < digits.length; i++) {
    const digit = digits[i] ?? 0
    counts[digit] = (counts[digit] ?? 0) + 1
  }
  const groups: { readonly ranks: readonly number[]; readonly smaller: number; readonly values: Float64Array }[] = []
  /** Index into `groups`, from 1, by digit. */
  const groupOf = new Uint8Array(DIGITS)
  let smaller = before
  let next = 0
  for (let digit = 0; next < ranks.length && digit < DIGITS; digit++) {
    const count = counts[digit] ?? 0
    const first = next
    while ((ranks[next] ?? Infinity) < smaller + count) next += 1
    if (next > first) {
      groups.push({ ranks: ranks.slice(first, next), smaller, values: new Float64Array(count) })
      groupOf[digit] = groups.length
    }
    smaller += count
  }
  const filled = groups.map(() => 0)
  for (let i = 0; i < digits.length; i++) {
    const group = groupOf[digits[i] ?? 0] ?? 0
    if (group === 0) continue
    const into = groups[group - 1]?.values
    const at = filled[group - 1] ?? 0
    if (into !== undefined) into[at] = values[i] ?? Number.NaN
    filled[group - 1] = at + 1
  }
  for (const group of groups) select(group.values, group.ranks, group.smaller, level + 1, found)
}

/** The 16 bits of each value that decide on a level, as numbers that grow with the value. */
function digitsOf(values: Float64Array, level: number): Uint16Array {
  // Little-endian, as every machine this runs on: the upper half is the second one.
  const halves = new Uint32Array(values.buffer, values.byteOffset, 2 * values.length)
  const offset = level < 2 ? 1 : 0
  const shift = level % 2 === 0 ? 16 : 0
  const positive = level === 0 ? 0x8000 : 0
  const digits = new Uint16Array(values.length)
  for (let i = 0; i < digits.length; i++) {
    const digit = ((halves[2 * i + offset] ?? 0) >>> shift) & 0xffff
    // All ones for a negative number, which is the smaller the larger its magnitude is.
    const negative = (halves[2 * i + 1] ?? 0) >> 31
    digits[i] = (digit ^ (negative & 0xffff)) | (positive & ~negative)
  }
  return digits
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

/**
 * How many different values there are.
 * @param limit beyond so many they are not counted
 * @returns null beyond the limit
 */
export function distinctUpTo(values: Float64Array, limit: number): number | null {
  const slots = 2 ** Math.ceil(Math.log2(2 * (Math.min(limit, values.length) + 1)))
  const table = new Float64Array(slots).fill(Number.NaN)
  const halves = new Uint32Array(values.buffer, values.byteOffset, 2 * values.length)
  let distinct = 0
  for (let i = 0; i < values.length; i++) {
    // −0 is the same number as 0.
    const value = (values[i] ?? 0) + 0
    const mixed = value === 0 ? 0 : Math.imul(halves[2 * i] ?? 0, 0x85ebca6b) ^ (halves[2 * i + 1] ?? 0)
    let slot = (Math.imul(mixed, 0x9e3779b1) >>> 7) & (slots - 1)
    for (;;) {
      const known = table[slot] ?? Number.NaN
      if (known === value) break
      if (Number.isNaN(known)) {
        if (distinct === limit) return null
        table[slot] = value
        distinct += 1
        break
      }
      slot = (slot + 1) & (slots - 1)
    }
  }
  return distinct
}
