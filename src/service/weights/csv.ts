import type { Dialect } from '../../shared/table/dialect'

/** How a table is written: as its source was, but always quoted with `"` and in UTF-8. */
export type CsvStyle = Pick<Dialect, 'delimiter' | 'decimalMark'>

/** One line of a CSV file, its end included. A missing cell (null) stays empty. */
export function csvLine(cells: readonly (string | null)[], style: CsvStyle): string {
  return `${cells.map((cell) => quoted(cell ?? '', style.delimiter)).join(style.delimiter)}\n`
}

/** A number that reads back to exactly the same value. */
export function csvNumber(value: number, style: CsvStyle): string {
  const text = String(value)
  return style.decimalMark === ',' ? text.replace('.', ',') : text
}

function quoted(cell: string, delimiter: string): string {
  const plain = !cell.includes(delimiter) && !/["\r\n]/.test(cell) && cell === cell.trim()
  return plain ? cell : `"${cell.replaceAll('"', '""')}"`
}
