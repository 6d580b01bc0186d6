import type { DateOrder } from '../../shared/table/column-types'
import { datePatterns } from '../../shared/table/dates'
import type { Database } from '../database'
import { kindOf, numberOf } from '../reading/cell-kinds'
import { numberInText } from '../reading/numbers-in-text'
import type { Table, TableColumn } from '../reading/table'
import { literal } from '../sql'

/** In a stream of numbers: a cell that cannot be read as what is asked for. A missing value is NaN. */
export const NOT_UNDERSTOOD = Infinity
/** In a stream of codes: a text that is not among the categories. A missing value is NaN. */
export const UNKNOWN = -1

/** A column as numbers: an SQL expression for `readBlocks`. */
export function numbersOf(table: Table, column: TableColumn): string {
  return column.storage === 'number' ? column.id : understood(column, numberInText(column.id, table.dialect))
}

/**
 * A column of words for no and yes as 0 and 1: an SQL expression for `readBlocks`.
 * @param no in lower case; where the column holds numbers, each stands for the number it spells
 */
export function booleansOf(column: TableColumn, no: readonly string[], yes: readonly string[]): string {
  const value = column.storage === 'number' ? column.id : `lower(${column.id})`
  const among = (words: readonly string[]): string => `list_contains(${valueList(column, words)}, ${value})`
  return understood(column, `CASE WHEN ${among(no)} THEN 0 WHEN ${among(yes)} THEN 1 END`)
}

/**
 * A column of ordered categories as ranks 0 … n − 1: an SQL expression for `readBlocks`.
 * @param order texts; where the column holds numbers, each stands for the number it spells
 */
export function ranksOf(column: TableColumn, order: readonly string[]): string {
  return understood(column, `nullif(list_position(${valueList(column, order)}, ${column.id}), 0) - 1`)
}

/** Texts as a list of a column's values, as SQL; not for `IN`, which DuckDB makes a join of, and a join loses the order. */
function valueList(column: TableColumn, texts: readonly string[]): string {
  if (column.storage === 'text') return `[${texts.map(literal).join(', ')}]::VARCHAR[]`
  const numbers = texts.map(spelledNumber).map((number) => (Number.isNaN(number) ? 'NULL' : `'${number}'`))
  return `[${numbers.join(', ')}]::DOUBLE[]`
}

/** A column of dates as days since 1970-01-01T00:00, as `daysOfDate` reads them: an SQL expression for `readBlocks`. */
export function daysOf(column: TableColumn, order: DateOrder): string {
  return understood(column, textAsDays(column, order))
}

/** A text column's cell as days, as SQL; NULL when it holds no date in this order. */
export function textAsDays(column: TableColumn, order: DateOrder): string {
  if (column.storage === 'number') return 'NULL::DOUBLE'
  const [year, month, day] = { ymd: ['a', 'b', 'c'], dmy: ['c', 'b', 'a'], mdy: ['c', 'a', 'b'] }[order]
  const groups = ['a', 'mark', 'b', 'same', 'c', 'h', 'm', 's', 'half'].map(literal).join(', ')
  const number = (group: string): string => `coalesce(TRY_CAST(replace(p.${group}, ',', '.') AS DOUBLE), 0)`
  const [h, m, s] = [number('h'), number('m'), number('s')]
  const hours = `CASE WHEN p.half = '' THEN ${h} WHEN ${h} BETWEEN 1 AND 12 THEN ${h} % 12 + CASE lower(p.half) WHEN 'p' THEN 12 ELSE 0 END END`
  const date = `TRY_CAST(p.${year} || '-' || p.${month} || '-' || p.${day} AS DATE)`
  const days = `CASE WHEN p.mark = p.same AND ${h} < 24 AND ${m} < 60 AND ${s} < 60 THEN date_diff('day', DATE '1970-01-01', ${date}) + ((${hours}) * 3600 + ${m} * 60 + ${s}) / 86400 END`
  const match = `regexp_extract(${column.id}, ${literal(`^${datePatterns[order]}$`)}, [${groups}])`
  return `list_transform([${match}], lambda p: ${days})[1]`
}

/** A value that is NULL for what cannot be read, as a stream of numbers has it. */
function understood(column: TableColumn, value: string): string {
  return `CASE WHEN ${column.id} IS NOT NULL THEN coalesce((${value})::DOUBLE, 'Infinity'::DOUBLE) END`
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
export function codesOf({ stored }: Table, column: TableColumn, categories: readonly string[]): CodeReader {
  if (column.storage === 'text' && stored?.holds(column) === true) {
    const indices = new Map(categories.map((category, index) => [category, index]))
    const codes = Float64Array.from(stored.texts(column).values, (text) => indices.get(text) ?? UNKNOWN)
    return { value: column.id, codeOf: (code) => codes[code] ?? Number.NaN }
  }
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
  if (column.storage === 'text' && table.stored?.holds(column) === true)
    return [...table.stored.texts(column).values].sort(byCodePoint).slice(0, limit + 1)
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

/** Halves of characters, and those that come after them in UTF-16 but before the whole characters. */
const beyondUtf16Order = /[\ud800-\uffff]/

/** The order of texts in the database: that of their UTF-8. JavaScript compares halves of characters instead. */
export function byCodePoint(a: string, b: string): number {
  if (a === b) return 0
  if (beyondUtf16Order.test(a) || beyondUtf16Order.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b))
  return a < b ? -1 : 1
}

/** The text of one cell, for messages; rows count from 0. */
export async function cellText(database: Database, table: Table, column: TableColumn, row: number): Promise<string> {
  const [[value] = []] = await database.rows(`SELECT ${column.id} FROM ${table.id} WHERE rowid = ${row}`)
  return value === null || value === undefined ? '' : String(value)
}

/**
 * The first cell of a column that is not understood, or null; rows count from 0.
 * @param value the column as a stream of numbers
 */
export async function firstNotUnderstood(
  database: Database,
  table: Table,
  column: TableColumn,
  value: string
): Promise<{ row: number; text: string } | null> {
  const [found] = await database.rows(
    `SELECT rowid, ${column.id} FROM ${table.id} WHERE (${value}) = 'Infinity'::DOUBLE ORDER BY rowid LIMIT 1`
  )
  return found === undefined ? null : { row: Number(found[0]), text: categoryText(found[1]) }
}
