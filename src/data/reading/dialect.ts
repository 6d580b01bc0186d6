import { delimiters, type Dialect, type DialectOverrides } from '../../shared/dataset'
import { kindOf } from './cell-kinds'
import { readRecords, type TextRecord } from './records'

/** How many records are looked at. */
const SAMPLE_RECORDS = 1000

export interface DetectedDialect {
  readonly delimiter: Dialect['delimiter']
  readonly quote: Dialect['quote']
  readonly header: boolean
  /** Fields in most records. */
  readonly columns: number
  /** The first record: names when there is a header. */
  readonly first: readonly string[]
  /** Bytes and lines before the table: the `sep=;` line some spreadsheets write. */
  readonly skip: { readonly bytes: number; readonly lines: number }
}

/**
 * Delimiter, quote and header from the start of a file. What a person decided is kept; the rest is what makes the
 * records most alike.
 * @param sample the start of the file as text
 * @param whole whether the sample is the whole file; otherwise its last record may be cut and is not looked at
 * @returns null when there is not a single character of data
 */
export function detectDialect(sample: string, whole: boolean, overrides: DialectOverrides): DetectedDialect | null {
  const hint = /^"?sep=([,;\t|])"?[ \t]*(?:\r\n|\n|\r)/i.exec(sample)
  const text = hint === null ? sample : sample.slice(hint[0].length)
  const skip = hint === null ? { bytes: 0, lines: 0 } : { bytes: hint[0].length, lines: 1 }
  const hinted = delimiters.find((delimiter) => delimiter === hint?.[1])
  const chosen = overrides.delimiter ?? hinted
  const layout = detectLayout(text, whole, chosen === undefined ? delimiters : [chosen], overrides.quote)
  if (layout === null || layout.records.every((record) => record.cells.every((cell) => cell.trim() === ''))) return null
  const { delimiter, quote, records, columns } = layout
  const header = overrides.header ?? looksLikeHeader(records.map((record) => record.cells))
  return { delimiter, quote, header, columns, first: records[0]?.cells ?? [], skip }
}

interface Layout {
  readonly delimiter: Dialect['delimiter']
  readonly quote: Dialect['quote']
  readonly records: readonly TextRecord[]
  readonly columns: number
  /** 0 … 1: how much alike the records are. */
  readonly score: number
}

function detectLayout(
  text: string,
  whole: boolean,
  candidates: readonly Dialect['delimiter'][],
  chosen: Dialect['quote'] | undefined
): Layout | null {
  if (chosen !== undefined) return bestLayout(text, whole, candidates, chosen)
  const double = bestLayout(text, whole, candidates, '"')
  if (double === null || double.records.some((record) => record.quoted > 0) || !/(?:^|[\n\r,;\t|]) *'/.test(text))
    return double
  // Single quotes only where they quote throughout: an apostrophe at the start of one cell must not swallow rows.
  const single = bestLayout(text, whole, candidates, "'")
  const quotes = single?.records.reduce((sum, record) => sum + record.quoted, 0) ?? 0
  return single !== null &&
    quotes >= 2 &&
    single.score >= double.score &&
    single.records.every((record) => record.sound)
    ? single
    : double
}

function bestLayout(
  text: string,
  whole: boolean,
  candidates: readonly Dialect['delimiter'][],
  quote: Dialect['quote']
): Layout | null {
  const layouts = candidates.flatMap((delimiter) => {
    const records = sampleRecords(text, whole, { delimiter, quote })
    return records.length === 0 ? [] : [layoutOf(records, delimiter, quote)]
  })
  if (layouts.length <= 1) return layouts[0] ?? null
  const several = layouts.filter((layout) => layout.columns > 1)
  if (several.length > 0) return several.reduce((best, layout) => (isBetter(layout, best) ? layout : best))
  // Most records have one field. If the first has more, it is the header and the others are broken; say so later.
  const firstFields = (layout: Layout): number => layout.records[0]?.cells.length ?? 0
  const widest = layouts.reduce((best, layout) => (firstFields(layout) > firstFields(best) ? layout : best))
  if (firstFields(widest) > 1) return { ...widest, columns: firstFields(widest) }
  // A single column: take a delimiter that does not occur in it.
  return layouts.find((layout) => layout.records.every((record) => record.cells.length === 1)) ?? layouts[0] ?? null
}

function isBetter(a: Layout, b: Layout): boolean {
  return a.score === b.score ? a.columns > b.columns : a.score > b.score
}

function sampleRecords(text: string, whole: boolean, dialect: Pick<Dialect, 'delimiter' | 'quote'>): TextRecord[] {
  const records: TextRecord[] = []
  for (const record of readRecords(text, dialect)) {
    if (!whole && record.end === text.length && records.length > 0) break
    if (!record.blank) records.push(record)
    if (records.length === SAMPLE_RECORDS) break
  }
  return records
}

function layoutOf(records: readonly TextRecord[], delimiter: Dialect['delimiter'], quote: Dialect['quote']): Layout {
  const columns = modalFields(records)
  const regular = records.filter((record) => record.sound && record.cells.length === columns).length / records.length
  const others = delimiters.filter((other) => other !== delimiter)
  let cells = 0
  let clean = 0
  for (const record of records) {
    for (const cell of record.cells) {
      cells += 1
      // 5,1;3,5 splits evenly at commas as well, but leaves cells like 1;3.
      if (!others.some((other) => cell.includes(other)) || kindOf(cell) !== 'text') clean += 1
    }
  }
  return { delimiter, quote, records, columns, score: regular * (0.5 + (0.5 * clean) / cells) }
}

/** The most frequent number of fields; among equals that of the first record, then the larger. */
function modalFields(records: readonly TextRecord[]): number {
  const counts = new Map<number, number>()
  for (const { cells } of records) counts.set(cells.length, (counts.get(cells.length) ?? 0) + 1)
  const most = Math.max(...counts.values())
  const modal = [...counts].filter(([, count]) => count === most).map(([fields]) => fields)
  const first = records[0]?.cells.length ?? 1
  return modal.includes(first) ? first : Math.max(...modal)
}

/**
 * A header is text above numbers. Where every column is text, the first record is a header unless one of its cells is
 * empty or comes again below.
 */
export function looksLikeHeader(records: readonly (readonly string[])[]): boolean {
  const [first = [], ...rest] = records
  const kinds = first.map(kindOf)
  const isValue = (kind: string | undefined): boolean => kind !== undefined && kind !== 'text' && kind !== 'missing'
  if (rest.length === 0) return !kinds.some(isValue)
  let numbersBelowNumber = false
  for (const [column, kind] of kinds.entries()) {
    const below = rest.map((cells) => kindOf(cells[column] ?? '')).filter((other) => other !== 'missing')
    if (below.length === 0 || below.includes('text')) continue
    if (kind === 'text') return true
    if (isValue(kind)) numbersBelowNumber = true
  }
  if (numbersBelowNumber) return false
  const names = first.map((name) => name.trim())
  return (
    new Set(names).size === names.length &&
    names.every(
      (name, column) => name !== '' && !isValue(kinds[column]) && !rest.some((cells) => cells[column]?.trim() === name)
    )
  )
}
