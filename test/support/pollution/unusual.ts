import type { PollutedFile } from './kinds'
import type { CleanTable } from './tables'
import { usual, writtenRow, writtenRows, type Writing } from './writer'

/** Ways of writing a file that are rare, or were never meant. */
export function* unusualFiles(name: string, table: CleanTable): Generator<PollutedFile> {
  const rows = [...(table.header === null ? [] : [table.header]), ...table.rows]
  const write = (change: Partial<Writing>): string => writtenRows(rows, { ...usual, ...change })
  const file = (kind: string, how: string, content: string, expected = table): PollutedFile => ({
    kind,
    name: `${name}: ${kind}, ${how}`,
    content,
    expected
  })
  for (const delimiter of ['^', '~', ':', '\x1f', '\x01', '&', '@', '§', '¦'])
    yield file('unusual delimiter', JSON.stringify(delimiter), write({ delimiter }))
  for (const delimiter of ['||', '::', ';;', ',,', '\t\t', '~|~', ' | ', ',\t', '#|#']) {
    for (const quoting of ['needed', 'all'] as const) {
      const how = `${JSON.stringify(delimiter)}, ${quoting}`
      yield file('delimiter of several characters', how, write({ delimiter, quoting }))
    }
  }
  for (const delimiter of [',', ';'])
    yield file('quotes not escaped', `"${delimiter}"`, write({ escape: '', quoting: 'all', delimiter }))
  for (const delimiter of [',', ';', '\t', '|'])
    for (const quoting of ['needed', 'all'] as const)
      yield file(
        'quote',
        `backtick, "${delimiter}", ${quoting}`,
        write({ quote: '`', escape: '`', quoting, delimiter })
      )
  for (const lineEnd of ['\n', '\r', '\r\n'])
    yield file('no end', JSON.stringify(lineEnd), write({ lineEnd }).slice(0, -lineEnd.length))
  const lines = rows.map((cells) => writtenRow(cells, usual))
  const wrapped = lines.map((line) => `"${line.replaceAll('"', '""')}"\r\n`).join('')
  yield file('rows in quotes', 'as a whole', wrapped)
  for (const blank of ['   ', '\t']) {
    const spread = lines.map((line, row) => line + (row % 5 === 2 ? `\r\n${blank}\r\n` : '\r\n'))
    yield file('blank lines', `of ${JSON.stringify(blank)}`, spread.join(''))
  }
  const header = table.header ?? []
  const body = [...lines.slice(1), ''].join('\r\n')
  yield file('names', 'one more, empty', `${writtenRow([...header, ''], usual)}\r\n${body}`)
  yield file('names', 'in quotes alone', `${writtenRow(header, { ...usual, quoting: 'all' })}\r\n${body}`)
}
