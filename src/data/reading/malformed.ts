import { basename } from 'node:path'
import { LaminaError } from '../../shared/errors'
import { delimiterName, type Dialect } from '../../shared/table/dialect'
import type { Issue, Reading } from '../../shared/table/reading'

const quoteNames: Readonly<Record<Dialect['quote'], string>> = {
  '"': 'double quote',
  "'": 'single quote',
  '`': 'backtick',
  '': 'none'
}
const SHOWN_LINES = 10

/** The error for a file some rows of which do not fit, when they are neither to be repaired nor left out. */
export function malformedError(
  path: string,
  reading: Reading,
  dialect: Pick<Dialect, 'delimiter' | 'quote'>
): LaminaError {
  const name = basename(path)
  const issues = reading.issues.filter((issue) => issue.kind !== 'outside')
  const lines = [...new Set(issues.flatMap((issue) => issue.line ?? []))]
  const count = Math.max(lines.length, reading.repaired + reading.skipped)
  const [first] = issues
  const intro =
    count === 1
      ? `"${name}" has a malformed row.`
      : `"${name}" has ${count} malformed rows (${linesText(lines, count)}).`
  const what = first === undefined ? '' : ` ${describe(first)}`
  const advice = ` Correct ${count === 1 ? 'it' : 'them'} in the file, or have such rows repaired or left out; if all columns are misread, choose another delimiter (now ${delimiterName(dialect.delimiter)}) or quote (now ${quoteNames[dialect.quote]}).`
  return new LaminaError('invalidData', `${intro}${what}${advice}`, {
    file: path,
    line: first?.line,
    row: first?.row,
    count,
    issues
  })
}

function linesText(lines: readonly number[], count: number): string {
  const shown = lines.slice(0, SHOWN_LINES).join(', ')
  return count > Math.min(lines.length, SHOWN_LINES) ? `lines ${shown}, …` : `lines ${shown}`
}

function describe({ line, row, found, expected }: Issue): string {
  const where = row === 0 ? `Line ${line} (the header)` : row === null ? `Line ${line}` : `Line ${line} (row ${row})`
  return `${where}: found ${found}, expected ${expected}.`
}
