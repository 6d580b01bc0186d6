import type { Database } from '../database'
import { kindOf, numberOf } from '../reading/cell-kinds'
import type { Table, TableColumn } from '../reading/table'
import { literal } from '../sql'

/** In a stream of numbers: a cell with text that is no number. A missing value is NaN. */
export const NOT_A_NUMBER = Infinity
/** In a stream of codes: a text that is not among the categories. A missing value is NaN. */
export const UNKNOWN = -1

const NUMBER_PATTERN = '[+-]?([0-9]+([.,][0-9]*)?|[.,][0-9]+)([eE][+-]?[0-9]+)?'

/** The number in a text column's cell, as SQL; NULL when it holds none. Codes like 007 are taken for numbers here. */
function textAsNumber(table: Table, column: TableColumn): string {
  const mark = table.dialect.decimalMark
  const pattern = literal(NUMBER_PATTERN.replaceAll('[.,]', mark === ',' ? ',' : '\\.'))
  const number = `TRY_CAST(${mark === ',' ? `replace(${column.id}, ',', '.')` : column.id} AS DOUBLE)`
  return `CASE WHEN regexp_full_match(${column.id}, ${pattern}) AND isfinite(${number}) THEN ${number} END`
}

/** A column as numbers: an SQL expression for `readBlocks`. */
export function numbersOf(table: Table, column: TableColumn): string {
  if (column.storage === 'number') return column.id
  return `CASE WHEN ${column.id} IS NOT NULL THEN coalesce(${textAsNumber(table, column)}, 'Infinity'::DOUBLE) END`
}

/** A column as codes: which of the categories a cell holds. */
export interface CodeReader {
  /** For `readBlocks`. */
  readonly value: string
  /** The code of a streamed value: an index into the categories, UNKNOWN or NaN. */
  readonly codeOf: (streamed: number) => number
}

/**
 * @param categories texts; where the column holds numbers, each stands for the number it spells
 */
export function codesOf(column: TableColumn, categories: readonly string[]): CodeReader {
  if (column.storage === 'text') {
    if (categories.length === 0)
      return { value: `CASE WHEN ${column.id} IS NOT NULL THEN ${UNKNOWN}::DOUBLE END`, codeOf: (code) => code }
    const list = categories.map(literal).join(', ')
    const code = `CASE WHEN ${column.id} IS NOT NULL THEN coalesce(enum_code(TRY_CAST(${column.id} AS ENUM(${list}))), ${UNKNOWN}) END`
    return { value: `(${code})::DOUBLE`, codeOf: (streamed) => streamed }
  }
  const codes = new Map<number, number>()
  for (const [code, category] of categories.entries()) {
    const number = spelledNumber(category)
    if (!Number.isNaN(number) && !codes.has(number)) codes.set(number, code)
  }
  return { value: column.id, codeOf: (number) => (Number.isNaN(number) ? number : (codes.get(number) ?? UNKNOWN)) }
}

/** The number a category stands for; NaN for texts, and for codes like 007, which are not the number 7. */
function spelledNumber(category: string): number {
  const kind = kindOf(category)
  return kind === 'text' || kind === 'missing' || /^[+-]?0\d/.test(category) ? Number.NaN : numberOf(category)
}

/**
 * The different values of a column: numbers ascending, text by code point.
 * @param limit at most so many and one more are read
 */
export async function categoriesOf(
  database: Database,
  table: Table,
  column: TableColumn,
  limit: number
): Promise<string[]> {
  const rows = await database.rows(
    `SELECT DISTINCT ${column.id} AS value FROM ${table.id} WHERE ${column.id} IS NOT NULL ORDER BY value LIMIT ${limit + 1}`
  )
  return rows.map(([value]) => categoryText(value))
}

/** How a category is spelled whose value the database gave. */
export function categoryText(value: unknown): string {
  // −0 is the same number.
  return value === 0 ? '0' : String(value)
}

/** The text of one cell, for messages; rows count from 0. */
export async function cellText(database: Database, table: Table, column: TableColumn, row: number): Promise<string> {
  const [[value] = []] = await database.rows(`SELECT ${column.id} FROM ${table.id} WHERE rowid = ${row}`)
  return value === null || value === undefined ? '' : String(value)
}

/** The first cell of a column that holds text where a number is needed, or null; rows count from 0. */
export async function firstNonNumber(
  database: Database,
  table: Table,
  column: TableColumn
): Promise<{ row: number; text: string } | null> {
  if (column.storage === 'number') return null
  const [found] = await database.rows(
    `SELECT rowid, ${column.id} FROM ${table.id} WHERE ${column.id} IS NOT NULL AND ${textAsNumber(table, column)} IS NULL ORDER BY rowid LIMIT 1`
  )
  return found === undefined ? null : { row: Number(found[0]), text: String(found[1]) }
}
