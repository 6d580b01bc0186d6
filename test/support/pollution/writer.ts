/** How a file is written. */
export interface Writing {
  readonly delimiter: string
  readonly quote: string
  /** What stands before a quote inside a quoted cell. */
  readonly escape: string
  readonly lineEnd: string
  /** Cells in quotes: those that need them, or all, or none. */
  readonly quoting: 'needed' | 'all' | 'none'
}

export const usual: Writing = { delimiter: ',', quote: '"', escape: '"', lineEnd: '\r\n', quoting: 'needed' }

export function writtenCell(cell: string, { delimiter, quote, escape, quoting }: Writing): string {
  if (quoting === 'none') return cell
  const needed = cell.includes(delimiter.trim() || delimiter) || cell.includes(quote) || /[\r\n]/.test(cell)
  return quoting === 'all' || needed ? `${quote}${cell.replaceAll(quote, escape + quote)}${quote}` : cell
}

export function writtenRow(cells: readonly string[], writing: Writing): string {
  return cells.map((cell) => writtenCell(cell, writing)).join(writing.delimiter)
}

/** Each row with its line end. */
export function writtenRows(rows: readonly (readonly string[])[], writing: Writing): string {
  return rows.map((cells) => writtenRow(cells, writing) + writing.lineEnd).join('')
}
