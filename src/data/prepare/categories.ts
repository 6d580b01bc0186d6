import type { DuckDBBitValue } from '@duckdb/node-api'
import type { Database } from '../database'
import { duckdb } from '../duckdb'
import { byCodePoint, categoryText } from '../encode/column-values'
import type { Table, TableColumn } from '../reading/table'
import type { StoredColumns } from '../stored-columns'
import { parts } from './split'

/** Rows of a column in memory that are looked at together. */
const ROWS_AT_ONCE = 1 << 16
/** Categories that are named in a warning. */
export const NAMED_CATEGORIES = 5

/** What the rows hold of a feature of categories. */
export interface CategoryFit {
  /** Those that become inputs: the most frequent ones of the training rows; numbers ascending, text by code point. */
  readonly kept: readonly string[]
  /** The most frequent one, the first of equals; null when no training row has a value. */
  readonly mode: string | null
  /** How many different ones the training rows have. */
  readonly distinct: number
  /** Training rows with a value. */
  readonly rows: number
  /** Those of them whose category becomes no input. */
  readonly leftOutRows: number
  /** Categories that validation or test rows have and no training row has. */
  readonly unseen: { readonly count: number; readonly first: readonly string[] }
  /** Used rows of all parts without a value. */
  readonly missing: number
}

/**
 * Count the categories of columns over the training rows and choose the most frequent `limit` of each, of equally
 * frequent ones the first. DuckDB counts, so that a column of millions of categories takes no memory here.
 */
export async function fitCategories(
  database: Database,
  table: Table,
  columns: readonly TableColumn[],
  rowParts: Uint8Array,
  limit: number,
  onProgress: (fraction: number) => void
): Promise<Map<TableColumn, CategoryFit>> {
  const fits = new Map<TableColumn, CategoryFit>()
  const { stored } = table
  for (const column of columns) {
    if (stored === null || column.storage !== 'text' || !stored.holds(column)) continue
    fits.set(column, fitStored(table, stored, column, rowParts, limit))
    onProgress(fits.size / columns.length)
  }
  const others = columns.filter((column) => !fits.has(column))
  if (others.length === 0) return fits
  const { api } = await duckdb()
  // One bit a row tells the database which part a row is in.
  const bits = (wanted: (part: number | undefined) => boolean): DuckDBBitValue =>
    api.DuckDBBitValue.fromLengthAndPredicate(rowParts.length, (row) => wanted(rowParts[row]))
  const train = bits((part) => part === parts.train)
  const elsewhere = bits((part) => part === parts.validation || part === parts.test)
  for (const column of others) {
    fits.set(column, await fitColumn(database, table, column, train, elsewhere, limit))
    onProgress(fits.size / columns.length)
  }
  return fits
}

/** The same of a text column in memory, whose texts are few. */
function fitStored(
  { rows }: Table,
  stored: StoredColumns,
  column: TableColumn,
  rowParts: Uint8Array,
  limit: number
): CategoryFit {
  const { values } = stored.texts(column)
  const train = new Uint32Array(values.length)
  const elsewhere = new Uint32Array(values.length)
  const codes = new Float64Array(Math.min(rows, ROWS_AT_ONCE))
  let missing = 0
  for (let start = 0; start < rows; start += codes.length) {
    const count = Math.min(codes.length, rows - start)
    stored.read(column, start, codes, count)
    for (let i = 0; i < count; i++) {
      const part = rowParts[start + i] ?? parts.dropped
      if (part === parts.dropped) continue
      const code = codes[i] ?? Number.NaN
      const into = part === parts.train ? train : elsewhere
      if (Number.isNaN(code)) missing += 1
      else into[code] = (into[code] ?? 0) + 1
    }
  }
  const counted = values.map((name, code) => ({ name, train: train[code] ?? 0, elsewhere: elsewhere[code] ?? 0 }))
  const byName = (a: { name: string }, b: { name: string }): number => byCodePoint(a.name, b.name)
  const known = counted.filter((one) => one.train > 0).sort((a, b) => b.train - a.train || byName(a, b))
  const kept = known.slice(0, limit)
  const unseen = counted.filter((one) => one.train === 0 && one.elsewhere > 0).sort(byName)
  const total = (some: typeof counted): number => some.reduce((sum, one) => sum + one.train, 0)
  return {
    mode: kept[0]?.name ?? null,
    kept: [...kept].sort(byName).map(({ name }) => name),
    distinct: known.length,
    rows: total(known),
    leftOutRows: total(known) - total(kept),
    unseen: { count: unseen.length, first: unseen.slice(0, NAMED_CATEGORIES).map(({ name }) => name) },
    missing
  }
}

async function fitColumn(
  database: Database,
  table: Table,
  column: TableColumn,
  train: DuckDBBitValue,
  elsewhere: DuckDBBitValue,
  limit: number
): Promise<CategoryFit> {
  const { api } = await duckdb()
  // Joined to the totals, which are there even when nothing is kept.
  const found = await database.rows(
    `WITH groups AS MATERIALIZED (
       SELECT ${column.id} AS value,
         count(*) FILTER (WHERE get_bit($1, rowid::INTEGER) = 1) AS train,
         count(*) FILTER (WHERE get_bit($2, rowid::INTEGER) = 1) AS elsewhere
       FROM ${table.id} GROUP BY 1),
     known AS (SELECT * FROM groups WHERE value IS NOT NULL),
     kept AS (SELECT value, train FROM known WHERE train > 0 ORDER BY train DESC, value LIMIT ${limit}),
     unseen AS (SELECT value FROM known WHERE train = 0 AND elsewhere > 0),
     totals AS (SELECT
       (SELECT count(*) FROM known WHERE train > 0) AS different,
       (SELECT coalesce(sum(train), 0)::DOUBLE FROM known) AS present,
       (SELECT coalesce(sum(train + elsewhere), 0)::DOUBLE FROM groups WHERE value IS NULL) AS missing,
       (SELECT count(*) FROM unseen) AS unseen_count,
       (SELECT list(value) FROM (SELECT value FROM unseen ORDER BY value LIMIT ${NAMED_CATEGORIES})) AS unseen_first)
     SELECT kept.value, kept.train, different, present, missing, unseen_count, unseen_first
     FROM totals LEFT JOIN kept ON true ORDER BY kept.value`,
    [train, elsewhere]
  )
  const [, , distinct, present, missing, unseenCount, unseenFirst] = found[0] ?? []
  const kept = found.flatMap(([value, rows]) =>
    value === null || value === undefined ? [] : [{ name: categoryText(value), rows: Number(rows) }]
  )
  const most = kept.reduce((best, { rows }) => Math.max(best, rows), 0)
  return {
    kept: kept.map(({ name }) => name),
    mode: kept.find(({ rows }) => rows === most)?.name ?? null,
    distinct: Number(distinct),
    rows: Number(present),
    leftOutRows: Number(present) - kept.reduce((sum, { rows }) => sum + rows, 0),
    unseen: {
      count: Number(unseenCount),
      first: unseenFirst instanceof api.DuckDBListValue ? unseenFirst.items.map(categoryText) : []
    },
    missing: Number(missing)
  }
}
