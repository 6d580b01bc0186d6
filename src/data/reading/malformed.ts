import { basename } from 'node:path'
import type { Dialect } from '../../shared/dataset'
import { LaminaError } from '../../shared/errors'
import type { MalformedRow, Scan } from './scan'

const delimiterNames: Readonly<Record<Dialect['delimiter'], string>> = {
  ',': 'comma',
  ';': 'semicolon',
  '\t': 'tab',
  '|': 'vertical bar'
}
const quoteNames: Readonly<Record<Dialect['quote'], string>> = { '"': 'double quote', "'": 'single quote', '': 'none' }
const SHOWN_LINES = 10

/** The error for a file some rows of which do not fit: nothing is repaired or dropped behind a person's back. */
export function malformedError(
  path: string,
  scan: Scan,
  expected: number,
  dialect: Pick<Dialect, 'delimiter' | 'quote'>
): LaminaError {
  const name = basename(path)
  const count = scan.malformedCount
  const [first] = scan.malformed
  const lines = scan.malformed.map((row) => row.line)
  const intro =
    count === 1
      ? `"${name}" has a malformed row.`
      : `"${name}" has ${count} malformed rows (${linesText(lines, count)}).`
  const what = first === undefined ? '' : ` ${describe(first, expected)}`
  const advice = ` Correct ${count === 1 ? 'it' : 'them'} in the file; if all columns are misread, choose another delimiter (now ${delimiterNames[dialect.delimiter]}) or quote (now ${quoteNames[dialect.quote]}).`
  return new LaminaError('invalidData', `${intro}${what}${advice}`, {
    file: path,
    line: first?.line,
    row: first?.row,
    expected,
    found: first?.fields,
    count,
    rows: scan.malformed
  })
}

function linesText(lines: readonly number[], count: number): string {
  const shown = lines.slice(0, SHOWN_LINES).join(', ')
  return count > Math.min(lines.length, SHOWN_LINES) ? `lines ${shown}, …` : `lines ${shown}`
}

function describe({ line, row, problem, fields, quoteLine }: MalformedRow, expected: number): string {
  const where = row === 0 ? `Line ${line} (the header)` : `Line ${line} (row ${row})`
  switch (problem) {
    case 'fieldCount':
      return `${where}: found ${fields} ${fields === 1 ? 'field' : 'fields'}, expected ${expected}.`
    case 'textAfterQuote':
      return `${where}: text follows the closing quote of a cell${quoteLine > line ? ` that opened on line ${quoteLine}` : ''}.`
    case 'unclosedQuote':
      return `${where}: the quote that opens on line ${quoteLine} is never closed.`
  }
}
