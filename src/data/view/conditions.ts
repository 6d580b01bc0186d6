import { LaminaError } from '../../shared/errors'
import type { ColumnFilter, TableView } from '../../shared/table/view'
import { numberOf } from '../reading/cell-kinds'
import type { Table, TableColumn } from '../reading/table'
import { literal } from '../sql'

/** Whole numbers below this are written without a fraction or an exponent. */
const EXACT_INTEGERS = 1e15

/**
 * SQL conditions that all hold for the rows of a view, but for its search.
 * @throws LaminaError `invalidArgument` for a column the table lacks, or a filter that cannot be asked of a column
 */
export function conditionsOf(table: Table, { filters }: TableView): string[] {
  return filters.map((filter) => filterCondition(table, filter))
}

/** SQL conditions of which one at least holds for every row that holds a text: one for every so many columns. */
export function searchConditions(table: Table, text: string, columnsEach: number): string[] {
  return Array.from({ length: Math.ceil(table.columns.length / columnsEach) }, (_, part) => {
    const columns = table.columns.slice(part * columnsEach, (part + 1) * columnsEach)
    return columns.map((column) => containsCondition(table, column, text)).join(' OR ')
  })
}

/** @throws LaminaError `invalidArgument` */
export function columnAt(table: Table, index: number): TableColumn {
  const column = table.columns[index]
  if (column !== undefined) return column
  throw new LaminaError(
    'invalidArgument',
    `"${table.source.name}" has no column ${index + 1}: there are ${table.columns.length}.`,
    { column: index }
  )
}

function filterCondition(table: Table, filter: ColumnFilter): string {
  const column = columnAt(table, filter.column)
  switch (filter.kind) {
    case 'missing':
      return `${column.id} IS NULL`
    case 'present':
      return `${column.id} IS NOT NULL`
    case 'contains':
      return containsCondition(table, column, filter.text)
    case 'equals':
      if (column.storage === 'text') return `${column.id} = ${literal(filter.text)}`
      if (column.asText !== null && readNumber(table, filter.text) === null)
        return `${column.asText.id} = ${literal(filter.text)}`
      return `${column.id} = ${numberLiteral(numberFor(table, column, filter.text))}`
    case 'range': {
      if (column.storage === 'text') {
        throw new LaminaError(
          'invalidArgument',
          `Column "${column.name}" holds text, so it has no range. Filter it by a text it contains.`,
          { column: column.name }
        )
      }
      const { min, max } = filter
      // A range without limits still is one of numbers.
      const limits = [`${column.id} IS NOT NULL`]
      if (min !== null) limits.push(`${column.id} >= ${numberLiteral(min)}`)
      if (max !== null) limits.push(`${column.id} <= ${numberLiteral(max)}`)
      return limits.join(' AND ')
    }
  }
}

function containsCondition(table: Table, column: TableColumn, text: string): string {
  const among = containsText(table, column, text)
  return column.asText === null
    ? among
    : `(${among} OR (${column.id} IS NULL AND ${containsText(table, column.asText, text)}))`
}

function containsText(table: Table, column: TableColumn, text: string): string {
  if (column.storage === 'text') return `contains(lower(${column.id}), lower(${literal(text)}))`
  // Most texts cannot stand in a number, and writing out numbers is slow.
  if (!/^(?=.*[-+.,\d])[-+.,\de]+$/i.test(text)) return 'false'
  const written = `contains(${numberText(table, column.id)}, lower(${literal(text)}))`
  // What is written 5.90 in the file is 5.9 here, but whoever looks for 5.90 means it.
  const value = readNumber(table, text)
  return value === null ? written : `(${written} OR ${column.id} = ${numberLiteral(value)})`
}

/** A number's shortest decimal, with the file's decimal mark. */
function numberText({ dialect }: Table, id: string): string {
  const text = `CASE WHEN abs(${id}) < ${EXACT_INTEGERS} AND ${id} = trunc(${id}) THEN CAST(CAST(${id} AS BIGINT) AS VARCHAR) ELSE CAST(${id} AS VARCHAR) END`
  return dialect.decimalMark === ',' ? `replace(${text}, '.', ',')` : text
}

function numberFor(table: Table, column: TableColumn, text: string): number {
  const value = readNumber(table, text)
  if (value !== null) return value
  throw new LaminaError(
    'invalidArgument',
    `Column "${column.name}" holds numbers, and "${text}" is none. Numbers of this table are written like 1${table.dialect.decimalMark}5.`,
    { column: column.name, text }
  )
}

/** A number as it may stand in this table, or null. */
function readNumber({ dialect }: Table, text: string): number | null {
  // Not 0x10, Infinity or an empty text, which are numbers to JavaScript.
  if (!/^\s*[-+]?[\d.,][\d., '’]*(e[-+]?\d+)?\s*$/i.test(text)) return null
  const value = numberOf(text, dialect)
  return Number.isFinite(value) ? value : null
}

/** Through text: a bare 0.1 would be a DECIMAL to DuckDB. */
function numberLiteral(value: number): string {
  return `${literal(String(value))}::DOUBLE`
}
