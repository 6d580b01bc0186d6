import type { Dialect } from '../../shared/dataset'
import { bitOf, type CellKind } from './cell-kinds'
import type { ColumnScan } from './scan'
import type { Storage } from './load'

const bits = (...kinds: readonly CellKind[]): number => kinds.reduce((set, kind) => set | bitOf(kind), 0)

const NUMBERS: Readonly<Record<Dialect['decimalMark'], number>> = {
  '.': bits('plainNumber', 'pointNumber'),
  ',': bits('plainNumber', 'commaNumber', 'groupedNumber')
}
const MISSING = bitOf('missing')

/** A column is numbers when every cell with a value is one, over the whole file. */
export function storageOf(column: ColumnScan, decimalMark: Dialect['decimalMark']): Storage {
  const values = column.kinds & ~MISSING
  return values !== 0 && (values & ~NUMBERS[decimalMark]) === 0 ? 'number' : 'text'
}

/** The decimal mark that makes more columns numbers; the point when neither does. */
export function detectDecimalMark(
  columns: readonly ColumnScan[],
  delimiter: Dialect['delimiter']
): Dialect['decimalMark'] {
  // In a file with commas between cells, a quoted 1,234 is more likely a thousand than a decimal.
  const commas = delimiter === ',' ? bitOf('commaNumber') : bits('commaNumber', 'groupedNumber')
  const decided = (mark: Dialect['decimalMark'], evidence: number): number =>
    columns.filter((column) => (column.kinds & evidence) !== 0 && storageOf(column, mark) === 'number').length
  return decided(',', commas) > decided('.', bitOf('pointNumber')) ? ',' : '.'
}
