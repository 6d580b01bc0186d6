import type { ColumnSummary, TableSummary } from '../../shared/dataset'
import { Session, type SessionOptions } from '../session'
import { alignedTable, count, measure, plural, shortened } from '../text'

const delimiterNames: Readonly<Record<string, string>> = { ',': 'comma', ';': 'semicolon', '\t': 'tab', '|': 'bar' }
const SHOWN_CATEGORIES = 4

/** `lamina inspect`: what is in a table. */
export async function inspect(options: SessionOptions, data: string, { json }: { json: boolean }): Promise<void> {
  const table = await Session.with(options, async (session) => (await session.openTable(data)).table)
  await options.terminal.result(json ? `${JSON.stringify(table, null, 2)}\n` : describeTable(table))
}

function describeTable(table: TableSummary): string {
  const { dialect } = table
  const header = dialect.header ? 'with a header' : 'without a header'
  const reading = `${dialect.encoding}, ${delimiterNames[dialect.delimiter] ?? dialect.delimiter}-separated, decimal mark "${dialect.decimalMark}", ${header}`
  const head = ['Column', 'Type', 'Missing', 'Distinct', 'Values', 'Note']
  const rows = table.columns.map((column) => [
    shortened(column.name, 40),
    column.type,
    count(column.missing),
    count(column.distinct),
    valuesOf(column),
    noteOf(column)
  ])
  const notes = table.notes.map((note) => `Note: ${note}\n`).join('')
  return [
    `${table.name}: ${plural(table.rows, 'row')}, ${plural(table.columns.length, 'column')} (${reading})\n\n`,
    alignedTable([head, ...rows], ['left', 'left', 'right', 'right', 'left', 'left']),
    notes === '' ? '' : `\n${notes}`
  ].join('')
}

function valuesOf({ type, numeric, categories }: ColumnSummary): string {
  if (type === 'numeric' && numeric !== null) {
    return `${measure(numeric.min)} … ${measure(numeric.max)}, mean ${measure(numeric.mean)}, sd ${measure(numeric.standardDeviation)}`
  }
  const shown = categories
    .slice(0, SHOWN_CATEGORIES)
    .map(({ value, count: rows }) => `${shortened(value, 20)} (${count(rows)})`)
  return categories.length > SHOWN_CATEGORIES ? `${shown.join(', ')}, …` : shown.join(', ')
}

function noteOf({ excluded, type, targetType }: ColumnSummary): string {
  if (excluded !== null) return `left out of features: ${excluded}`
  return targetType === type ? '' : `as a target: ${targetType === 'categorical' ? 'classes' : 'numbers'}`
}
