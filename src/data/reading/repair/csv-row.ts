/** A row as RFC 4180 has it, but for the line end that is given. A row of one empty cell is no blank line. */
export function csvRow(cells: readonly string[], lineEnd: string): string {
  const only = cells.length === 1 && cells[0] === ''
  return only ? `""${lineEnd}` : `${cells.map(csvCell).join(',')}${lineEnd}`
}

/** UTF-8 as characters of Latin-1. At the start of a file, unquoted, it would not be text. */
export const BYTE_ORDER_MARK = '\xef\xbb\xbf'

function csvCell(cell: string): string {
  return /[",\n\r]|^[ \t]|[ \t]$/.test(cell) || cell.startsWith(BYTE_ORDER_MARK)
    ? `"${cell.replaceAll('"', '""')}"`
    : cell
}
