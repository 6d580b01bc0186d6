import { delimiterName, lineEndName, type Dialect } from '../../shared/table/dialect'
import type { Issue, Reading } from '../../shared/table/reading'
import { alignedTable, count, plural, shortened } from '../text'

const SHOWN_ISSUES = 10

/** How the file is written, in one line. */
export function describeDialect(dialect: Dialect): string {
  const { format, compression, encoding, delimiter, decimalMark, thousandsMark, header, escape, comment, lineEnd } =
    dialect
  const packed = compression === 'none' ? [] : [compression]
  if (format !== 'text') return [...packed, format === 'parquet' ? 'Parquet' : 'JSON objects'].join(', ')
  return [
    ...packed,
    encoding,
    `${delimiterName(delimiter)}-separated`,
    `decimal mark "${decimalMark}"`,
    ...(thousandsMark === '' ? [] : [`thousands "${thousandsMark}"`]),
    ...(escape === 'doubled' ? [] : ['backslash escapes']),
    ...(lineEnd === '\n' ? [] : [`rows end with ${lineEnd === 'mixed' ? '' : 'a '}${lineEndName(lineEnd)}`]),
    ...(comment === '' ? [] : [`comments "${comment}"`]),
    header ? 'with a header' : 'without a header'
  ].join(', ')
}

/** What was wrong with the file and what was done about it; nothing where nothing was. */
export function describeReading(reading: Reading): string {
  if (reading.issueCount === 0) return ''
  const { records, rows, sound, repaired, skipped, setMissing } = reading
  const sum = `${plural(records, 'record')} in the file: ${count(sound)} read as they stand, ${count(repaired)} repaired, ${count(skipped)} left out; ${plural(rows, 'row')} in the table.${setMissing === 0 ? '' : ` ${plural(setMissing, 'cell')} of columns of numbers ${setMissing === 1 ? 'holds' : 'hold'} text and ${setMissing === 1 ? 'is' : 'are'} set missing.`}`
  const shown = reading.issues.slice(0, SHOWN_ISSUES)
  const more = reading.issueCount - shown.length
  const table = alignedTable(
    [['Line', 'Row', 'Column', 'Found', 'Expected', 'Done'], ...shown.map(issueRow)],
    ['right', 'right', 'left', 'left', 'left', 'left']
  )
  return `${sum}\n\n${table}${more > 0 ? `and ${count(more)} more; --json lists up to 1000.\n` : ''}`
}

function issueRow({ line, row, column, found, expected, action }: Issue): string[] {
  const done =
    action === 'skipped'
      ? 'left out'
      : action === 'setMissing'
        ? 'set missing'
        : action === 'setAside'
          ? 'cells beyond set aside'
          : action
  return [
    line === null ? '' : count(line),
    row === null ? '' : row === 0 ? 'header' : count(row),
    shortened(column ?? '', 20),
    shortened(found.replace(/\s+/g, ' '), 40),
    expected,
    done
  ]
}
