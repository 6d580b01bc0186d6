import type { Dialect, DialectConfidence } from '../../src/shared/table/dialect'
import type { Reading } from '../../src/shared/table/reading'

/** How an ordinary CSV file is read. */
export const csvDialect: Dialect = {
  format: 'text',
  compression: 'none',
  encoding: 'utf-8',
  delimiter: ',',
  quote: '"',
  escape: 'doubled',
  lineEnd: '\n',
  header: true,
  decimalMark: '.',
  thousandsMark: '',
  comment: '',
  preambleLines: 0,
  footerLines: 0
}

/** … beyond doubt. */
export const certain: DialectConfidence = {
  compression: 1,
  encoding: 1,
  delimiter: 1,
  quote: 1,
  escape: 1,
  lineEnd: 1,
  header: 1,
  decimalMark: 1,
  thousandsMark: 1,
  comment: 1,
  preambleLines: 1,
  footerLines: 1
}

/** What reading so many rows without a single thing wrong with them tells. */
export const soundReading = (rows: number): Reading => ({
  records: rows,
  rows,
  sound: rows,
  repaired: 0,
  skipped: 0,
  setMissing: 0,
  blankLines: 0,
  commentLines: 0,
  preambleLines: 0,
  footerLines: 0,
  issueCount: 0,
  issues: []
})
