import type { PollutedFile } from './kinds'
import type { CleanTable } from './tables'
import { usual, writtenRow, writtenRows, type Writing } from './writer'

const rowsOf = ({ header, rows }: CleanTable): (readonly string[])[] => [...(header === null ? [] : [header]), ...rows]

/** Everything that is done to a whole file rather than to one of its rows. */
export function* wholeFiles(name: string, table: CleanTable): Generator<PollutedFile> {
  const file = (kind: string, how: string, content: string | Uint8Array, expected = table): PollutedFile => ({
    kind,
    name: `${name}: ${kind}, ${how}`,
    content,
    expected
  })
  const text = writtenRows(rowsOf(table), usual)
  yield file('clean', 'as it should be', text)
  yield* dialects(table, file)
  yield* encodings(table, text, file)
  yield* sizes(table, file)
  yield* headers(table, file)
  yield* linesBeside(table, text, file)
  yield* severalTables(table, text, file)
}

type Make = (kind: string, how: string, content: string | Uint8Array, expected?: CleanTable) => PollutedFile

function* dialects(table: CleanTable, file: Make): Generator<PollutedFile> {
  const write = (change: Partial<Writing>): string => writtenRows(rowsOf(table), { ...usual, ...change })
  for (const [how, lineEnd] of Object.entries({ LF: '\n', CR: '\r', CRLF: '\r\n' })) {
    yield file('record ends', how, write({ lineEnd }))
    yield file('record ends', `${how}, all quoted`, write({ lineEnd, quoting: 'all' }))
  }
  const mixed = rowsOf(table).map((cells, row) => writtenRow(cells, usual) + (['\r\n', '\n', '\r'][row % 3] ?? '\n'))
  yield file('record ends', 'mixed', mixed.join(''))
  for (const delimiter of [';', '\t', ' ', '|', ', ', '; ']) {
    for (const quoting of ['needed', 'all'] as const) {
      yield file('delimiter', `"${delimiter}", ${quoting} quoted`, write({ delimiter, quoting }))
    }
  }
  for (const delimiter of [',', ';', '\t', ' ']) {
    for (const quoting of ['needed', 'all'] as const) {
      yield file('quote', `single, "${delimiter}", ${quoting}`, write({ quote: "'", escape: "'", quoting, delimiter }))
      yield file('escape', `backslash, "${delimiter}", ${quoting}`, write({ escape: '\\', quoting, delimiter }))
    }
  }
  yield file('quote', 'all', write({ quoting: 'all' }))
  const tame = rowsOf(table).map((cells) => cells.map((cell) => cell.replaceAll(/["\r\n;\t]/g, ' ')))
  const [header = [], ...rows] = tame
  const calm = { header, rows }
  for (const delimiter of [';', '\t']) {
    yield file('quote', `none, "${delimiter}"`, writtenRows(tame, { ...usual, delimiter, quoting: 'none' }), calm)
  }
}

function* encodings(table: CleanTable, text: string, file: Make): Generator<PollutedFile> {
  yield file('encoding', 'UTF-8 with a mark', `\ufeff${text}`)
  yield file('encoding', 'UTF-16 LE', Buffer.from(`\ufeff${text}`, 'utf16le'))
  yield file('encoding', 'UTF-16 BE', Buffer.from(`\ufeff${text}`, 'utf16le').swap16())
  yield file('encoding', 'UTF-16 LE without a mark', Buffer.from(text, 'utf16le'))
  const western = (cell: string): string => cell.replaceAll('Ł', 'L').replaceAll('ź', 'z')
  const expected = { header: table.header?.map(western) ?? null, rows: table.rows.map((cells) => cells.map(western)) }
  yield file('encoding', 'Latin-1', Buffer.from(western(text), 'latin1'), expected)
}

function* sizes(table: CleanTable, file: Make): Generator<PollutedFile> {
  const { header, rows } = table
  yield file('no rows', 'header alone', writtenRows([header ?? []], usual), { header, rows: [] })
  yield file('no rows', 'header alone, no line end', writtenRow(header ?? [], usual), { header, rows: [] })
  yield file('no payload', 'nothing', '', { header: null, rows: [] })
  yield file('no payload', 'a line end', '\r\n', { header: null, rows: [] })
  for (const at of [0, 1, 2, 5, 9]) {
    const one = rows.slice(at, at + 1)
    yield file('one row', `row ${at}`, writtenRows([header ?? [], ...one], usual), { header, rows: one })
    // A single row of nothing but texts cannot be told from names.
    if (one.flat().some((cell) => /^[\d.]+$/.test(cell)))
      yield file('one row', `row ${at}, no header`, writtenRows(one, usual), { header: null, rows: one })
  }
  for (const count of [2, 3, 5]) {
    const few = rows.slice(0, count)
    yield file('few rows', String(count), writtenRows([header ?? [], ...few], usual), { header, rows: few })
  }
  const many = Array.from({ length: 2000 }, (_, row) => rows[row % rows.length] ?? [])
  yield file('many rows', '2000', writtenRows([header ?? [], ...many], usual), { header, rows: many })
  for (const times of [20, 120]) {
    const wide = (cells: readonly string[]): string[] => Array.from({ length: times }, () => cells).flat()
    const names = wide(header ?? []).map((cell, index) => `${cell} ${index}`)
    const expected = { header: names, rows: rows.slice(0, 20).map(wide) }
    yield file('many columns', String(names.length), writtenRows(rowsOf(expected), usual), expected)
  }
  const single = (column: number): CleanTable => ({
    header: [header?.[column] ?? ''],
    rows: rows.map((cells) => [cells[column] ?? ''])
  })
  for (const column of [0, 1]) {
    const expected = single(column)
    yield file('one column', String(column), writtenRows(rowsOf(expected), usual), expected)
  }
}

function* headers(table: CleanTable, file: Make): Generator<PollutedFile> {
  const { header: names, rows } = table
  const header = names ?? []
  yield file('no header', 'rows alone', writtenRows(rows, usual), { header: null, rows })
  const under = header.map((_, column) => `(${String.fromCharCode(97 + column)})`)
  yield file('several headers', 'two', writtenRows([header, under, ...rows], usual), { header, rows: [under, ...rows] })
  const over = header.map((_, column) => (column % 3 === 0 ? `group ${column}` : ''))
  yield file('several headers', 'groups', writtenRows([over, header, ...rows], usual), { header, rows })
  const repeated = header.map((name, column) => (column === 2 ? (header[0] ?? '') : name))
  yield file('names', 'repeated', writtenRows([repeated, ...rows], usual), { header: repeated, rows })
  const gaps = header.map((name, column) => (column === 1 || column === 3 ? '' : name))
  yield file('names', 'empty', writtenRows([gaps, ...rows], usual), { header: gaps, rows })
}

function* linesBeside(table: CleanTable, text: string, file: Make): Generator<PollutedFile> {
  const end = usual.lineEnd
  const columns = table.header?.length ?? 0
  const padded = (line: string): string => line + ','.repeat(columns - 1) + end
  const titles = ['List of everything', 'Made on 3 May 2020, by hand', 'For internal use']
  for (const count of [1, 2, 3]) {
    const lines = titles.slice(0, count)
    yield file('preamble', `${count} lines`, lines.map((line) => line + end).join('') + text)
    yield file('preamble', `${count} lines and a blank one`, lines.map((line) => line + end).join('') + end + text)
    yield file('preamble', `${count} lines, padded`, lines.map((line) => padded(line.replace(',', ''))).join('') + text)
    yield file('comments', `${count} lines`, lines.map((line) => `# ${line}${end}`).join('') + text)
  }
  const pairs = Array.from({ length: 10 }, (_, line) => `setting ${line},value ${line}${end}`).join('')
  yield file('preamble', 'pairs', pairs + end + text)
  const few = { header: table.header, rows: table.rows.slice(0, 7) }
  yield file('preamble', 'longer than the table', pairs + pairs.slice(0, 60) + end + end + writtenRows(rowsOf(few), usual), few) // prettier-ignore
  const notes = ['Source: the office', '* estimated', 'Total: all of it, and more']
  for (const count of [1, 2, 3]) {
    const lines = notes.slice(0, count)
    yield file('footnotes', `${count} lines`, text + lines.map((line) => line + end).join(''))
    yield file('footnotes', `${count} lines after a blank one`, text + end + lines.map((line) => line + end).join(''))
    yield file(
      'footnotes',
      `${count} lines, padded`,
      text + lines.map((line) => padded(line.replace(',', ''))).join('')
    )
    yield file('footnotes', `${count} lines after padding`, text + padded('') + lines.map((line) => padded(line.replace(',', ''))).join('')) // prettier-ignore
  }
  yield file('trailing line ends', 'none', text.slice(0, -end.length))
  yield file('trailing line ends', 'two', text + end)
  yield file('trailing line ends', 'three', text + end + end)
  yield file('blank lines', 'at the start', end + end + text)
  const lines = rowsOf(table).map((cells) => writtenRow(cells, usual))
  yield file('blank lines', 'between all rows', lines.map((line) => line + end + end).join(''))
  yield file('blank lines', 'after the header', lines.map((line, row) => line + end + (row === 0 ? end : '')).join(''))
  const closed = lines.map((line) => `${line},${end}`).join('')
  const expected = { header: [...(table.header ?? []), ''], rows: table.rows.map((cells) => [...cells, '']) }
  yield file('closing delimiters', 'in all rows', closed, expected)
}

/** The first table counts: another one below it is none of its rows. */
function* severalTables(table: CleanTable, text: string, file: Make): Generator<PollutedFile> {
  const end = usual.lineEnd
  const below = [['name', 'amount'], ...Array.from({ length: 8 }, (_, row) => [`part ${row}`, String(row * 5)])]
  yield file('several tables', 'narrower, after a blank line', text + end + writtenRows(below, usual))
  yield file('several tables', 'narrower', text + writtenRows(below, usual))
  // Names among the rows are none.
  const again = { header: table.header, rows: [...table.rows, ...table.rows] }
  yield file('several tables', 'the same once more', text + end + text, again)
  const columns = table.header?.length ?? 0
  const wide = Array.from({ length: 6 }, (_, row) =>
    Array.from({ length: columns + 2 }, (_cell, column) => (row === 0 ? `field ${column}` : String(row * column)))
  )
  yield file('several tables', 'wider, after a blank line', text + end + writtenRows(wide, usual))
}
