import type { PollutedFile } from './kinds'
import type { CleanTable } from './tables'
import { usual, writtenCell, writtenRow, writtenRows, type Writing } from './writer'

/** What is done to one row of a file. @returns the row as it is written, or null where it cannot be done */
type Damage = (cells: readonly string[], column: number) => string | null

/** A row whose cells are separated as `between` says, counted from the delimiter after the first cell. */
function separated(cells: readonly string[], between: (index: number) => string): string {
  return cells.reduce(
    (text, cell, index) => text + (index === 0 ? '' : between(index - 1)) + writtenCell(cell, usual),
    ''
  )
}

const { delimiter } = usual
const damages: Readonly<Record<string, Damage>> = {
  'a delimiter more': (cells, column) => {
    const before = cells.slice(0, column + 1)
    return writtenRow(before, usual) + delimiter + delimiter + writtenRow(cells.slice(column + 1), usual)
  },
  'a delimiter fewer': (cells, column) =>
    column === 0 ? null : separated(cells, (index) => (index === column - 1 ? '' : delimiter)),
  'a cell fewer': (cells, column) => writtenRow(cells.toSpliced(column, 1), usual),
  'a cell more': (cells, column) => (column === 0 ? writtenRow([...cells, 'surplus'], usual) : null),
  'a quote before a cell': (cells, column) => quoted(cells, column, (cell) => `"${cell}`),
  'a quote after a cell': (cells, column) => quoted(cells, column, (cell) => `${cell}"`),
  'a quote inside a cell': (cells, column) =>
    quoted(cells, column, (cell) => `${cell.slice(0, cell.length >> 1)}"${cell.slice(cell.length >> 1)}`),
  'another delimiter in one place': (cells, column) =>
    column === 0 ? null : separated(cells, (index) => (index === column - 1 ? ';' : delimiter))
}

function quoted(cells: readonly string[], column: number, change: (written: string) => string): string {
  return cells
    .map((cell, index) => (index === column ? change(writtenCell(cell, usual)) : writtenCell(cell, usual)))
    .join(delimiter)
}

/** How one row alone may be written. */
const writings: Readonly<Record<string, Partial<Writing>>> = {
  'a row with ;': { delimiter: ';' },
  'a row with tabs': { delimiter: '\t' },
  'a row with spaces': { delimiter: ' ' },
  'a row with bars': { delimiter: '|' },
  'a row with ", "': { delimiter: ', ' },
  'a row in single quotes': { quote: "'", escape: "'", quoting: 'all' },
  'a row with backslashes': { escape: '\\', quoting: 'all' },
  'a row in quotes': { quoting: 'all' }
}

/** Every row of a table damaged in every way, in every column, one at a time; row 0 is the header. */
export function* singleRows(name: string, table: CleanTable): Generator<PollutedFile> {
  const rows = [...(table.header === null ? [] : [table.header]), ...table.rows]
  const lines = rows.map((cells) => writtenRow(cells, usual) + usual.lineEnd)
  for (const [row, cells] of rows.entries()) {
    const file = (kind: string, where: string, written: string): PollutedFile => ({
      kind,
      name: `${name}: ${kind}, ${where}`,
      content: lines.with(row, written).join(''),
      expected: table
    })
    for (const [kind, damage] of Object.entries(damages)) {
      for (const column of cells.keys()) {
        const written = damage(cells, column)
        if (written !== null) yield file(kind, `row ${row}, column ${column}`, written + usual.lineEnd)
      }
    }
    for (const [kind, change] of Object.entries(writings)) {
      yield file(kind, `row ${row}`, writtenRows([cells], { ...usual, ...change }))
    }
    for (const lineEnd of ['\n', '\r', '\r\n\r\n']) {
      yield file('a row with another end', `row ${row}, ${JSON.stringify(lineEnd)}`, writtenRow(cells, usual) + lineEnd)
    }
  }
}
