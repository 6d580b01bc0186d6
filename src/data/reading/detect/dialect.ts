import { delimiters, type Dialect, type DialectConfidence, type DialectOverrides } from '../../../shared/table/dialect'
import { RowFitter } from '../repair/fit-row'
import { QuoteMender } from '../repair/mend-quotes'
import { withEndsInCells } from './ends-in-cells'
import { countFurtherNames, judgeHeader } from './header'
import { detectLayout, type Layout } from './layout'
import type { TextFormat, TextRecord } from './records'
import { findRegion } from './region'

export type StructureConfidence = Omit<
  DialectConfidence,
  'compression' | 'encoding' | 'lineEnd' | 'decimalMark' | 'thousandsMark' | 'footerLines'
>

/** How a file is written, as far as its start tells. */
export interface DetectedDialect extends TextFormat {
  readonly header: boolean
  readonly comment: Dialect['comment']
  /** Fields in most records. */
  readonly columns: number
  /** The header, as many names as there are columns; without one the first record. */
  readonly first: readonly string[]
  /** The header as it stands; '' without one. */
  readonly headerText: string
  /** Records below the header that are names as well, units for example; they are not read. */
  readonly furtherNames: number
  /** What is before the table: titles, and the `sep=;` line some spreadsheets write. */
  readonly skip: { readonly bytes: number; readonly lines: number; readonly text: string }
  readonly confidence: StructureConfidence
  /** Records from the start of the table, names not among them. */
  readonly sample: readonly (readonly string[])[]
}

/**
 * Delimiter, quote, escape, comments, header and where the table begins, from the start of a file. What a person decided
 * is kept.
 * @param sample the start of the file as text
 * @param whole whether the sample is the whole file; otherwise its last record may be cut and is not looked at
 * @returns null when there is not a single character of data
 */
export function detectDialect(sample: string, whole: boolean, overrides: DialectOverrides): DetectedDialect | null {
  const hint = /^"?sep=([,;\t| ])"?[ \t]*(?:\r\n|\n|\r)/i.exec(sample)
  const hinted = delimiters.find((delimiter) => delimiter === hint?.[1])
  const text = hint === null ? sample : sample.slice(hint[0].length)
  const found = detectLayout(text, whole, { ...overrides, delimiter: overrides.delimiter ?? hinted })
  if (found === null) return null
  const { layout, lead } = withEndsInCells(text, whole, found, overrides) ?? found
  const region = findRegion(text, layout, overrides)
  const { records } = region
  if (records.every((record) => record.cells.every((cell) => cell.replaceAll('\0', '').trim() === ''))) return null
  const rows = records.map((record) => record.cells)
  const verdict = judgeHeader(rows)
  const header = overrides.header ?? verdict.header
  const sureOf = <K extends keyof StructureConfidence>(key: K, confidence: number): number =>
    overrides[key] === undefined ? confidence : 1
  const [first = [], ...below] = rows
  // Who says that there is a header means its one line.
  const furtherNames = header && overrides.header === undefined ? countFurtherNames(below) : 0
  const sampled = header ? below.slice(furtherNames) : rows
  const skipped = sample.slice(0, (hint?.[0].length ?? 0) + region.start)
  const structure = layout.columns === 1 ? 0.5 : Math.max(0.5, layout.score) * (0.7 + 0.3 * lead)
  return {
    ...layout.format,
    header,
    comment: region.comment,
    columns: layout.columns,
    first: header ? namesIn(text, records[0], layout, sampled) : first,
    headerText: header ? text.slice(records[0]?.start, records[0]?.textEnd) : '',
    furtherNames,
    skip: {
      bytes: Buffer.byteLength(skipped),
      lines: (hint === null ? 0 : 1) + region.lines,
      text: skipped
    },
    confidence: {
      delimiter: sureOf('delimiter', hinted === undefined ? structure : 1),
      quote: sureOf('quote', records.some((record) => record.quoted > 0) ? 0.95 : 0.7),
      escape: sureOf('escape', 0.9),
      header: sureOf('header', verdict.confidence),
      comment: sureOf('comment', 0.9),
      preambleLines: sureOf('preambleLines', region.confidence)
    },
    sample: sampled
  }
}

/** The header, as many names as there are columns. @param sampled rows below it */
function namesIn(
  text: string,
  record: TextRecord | undefined,
  { columns, format }: Layout,
  sampled: readonly (readonly string[])[]
): readonly string[] {
  if (record === undefined) return []
  const fitter = new RowFitter(columns, format, sampled)
  const mended = new QuoteMender(columns, format, fitter).header(record, text.slice(record.start, record.textEnd))
  return mended ?? fitter.fitHeader(record.cells)
}
