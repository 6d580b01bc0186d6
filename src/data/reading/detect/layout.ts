import { commentMarks, delimiters, type Dialect, type DialectOverrides } from '../../../shared/table/dialect'
import { kindOf, type CellKind } from '../cell-kinds'
import { dateOrTime } from './date-or-time'
import { drawnFormat } from './drawn'
import { rareDelimiters } from './rare-delimiters'
import { RecordReader, type TextFormat, type TextRecord } from './records'
import { loneEndsOf, type LoneEnds } from './row-ends'

/** How many records are looked at. */
const SAMPLE_RECORDS = 1000
/** Below this score a text is rather one column with delimiters in it. */
const SURE_TABLE = 0.3
/** This share of the rows is in quotes as a whole, and falls into cells as well as this, where that means nothing. */
const LEAST_WRAPPED = 0.9
const SURE_WRAPPED = 0.7
/** One of the usual delimiters is what is meant, if it is nearly as good. */
const SURE_OF_RARE = 0.95
const SURE_OF_PART = 0.5

const decimals: readonly CellKind[] = ['commaNumber', 'commaGroup']

/** What of it a person decided. */
type Chosen = Pick<DialectOverrides, 'delimiter' | 'quote' | 'escape' | 'lineEnd'>

/** How a text falls into records and cells. */
export interface Layout {
  readonly format: TextFormat
  readonly records: readonly TextRecord[]
  /** Fields in most records of the table. */
  readonly columns: number
  /** 0 … 1: how much alike the records are, and how much their cells look like single values. */
  readonly score: number
}

/**
 * The layout that makes the records most alike and their cells most like values, after van den Burg, Nazábal and Sutton,
 * "Wrangling messy CSV files by detecting row and type patterns" (2019).
 * @param whole whether the text is the whole file; otherwise its last record may be cut and is not looked at
 * @returns the best one, and how much better it is than the best with another delimiter, 0 … 1
 */
export function detectLayout(text: string, whole: boolean, overrides: Chosen): { layout: Layout; lead: number } | null {
  const drawn = overrides.delimiter === undefined && overrides.quote === undefined ? drawnFormat(text) : null
  if (drawn !== null) return { layout: layoutOf(sampleRecords(text, whole, drawn), drawn, []), lead: 1 }
  const rare = overrides.delimiter === undefined ? rareDelimiters(linesAsRows(text, overrides), whole) : []
  const layouts = formatsFor(text, overrides, rare).flatMap((format) => {
    const records = sampleRecords(text, whole, format)
    return records.length === 0 ? [] : [layoutOf(records, format, rare)]
  })
  const found = chosen(layouts, overrides.delimiter === undefined ? SURE_TABLE : 0)
  if (found === null) return null
  // Who says which delimiter it is has seen the rows as they stand.
  const inside = overrides.delimiter === undefined ? withoutWrapping(found, text, whole, overrides) : null
  if (inside !== null) return inside
  const best = isSpaced(found) ? withSpaces(found, text, whole) : found
  const others = layouts.filter(({ format }) => format.delimiter !== best.format.delimiter)
  const second = Math.max(0, ...others.filter((layout) => layout.columns > 1).map((layout) => layout.score))
  return { layout: best, lead: best.score === 0 ? 0 : Math.max(0, 1 - second / best.score) }
}

const insideCells: Readonly<Record<LoneEnds, RegExp>> = {
  '\n': /\r(?!\n)/g,
  '\r': /(?<!\r)\n/g,
  none: /\r(?!\n)|(?<!\r)\n/g
}

/** A text without line ends that are part of cells. */
function linesAsRows(text: string, { lineEnd }: Chosen): string {
  const loneEnds = loneEndsOf(lineEnd)
  return loneEnds === undefined ? text : text.replace(insideCells[loneEnds], ' ')
}

/** The layout of rows that were put in quotes as a whole, as if each were a single cell; null where they were not. */
function withoutWrapping(
  { records, columns }: Layout,
  text: string,
  whole: boolean,
  overrides: Chosen
): { layout: Layout; lead: number } | null {
  const wrapped = records.filter(({ cells, quoted }) => cells.length === 1 && quoted === 1)
  if (columns > 1 || records.length < 2 || wrapped.length < LEAST_WRAPPED * records.length) return null
  const inside = detectLayout(records.map(({ cells }) => cells[0] ?? '').join('\r\n'), true, overrides)
  if (inside === null || inside.layout.columns === 1 || inside.layout.score < SURE_WRAPPED) return null
  const format = { ...inside.layout.format, wrapped: true }
  return { ...inside, layout: { ...inside.layout, format, records: sampleRecords(text, whole, format) } }
}

/** Whether a space follows the delimiters, as in `a, b, c`: nearly all of them, quoted cells aside. */
function isSpaced({ records, columns, format }: Layout): boolean {
  if (columns === 1 || format.delimiter === ' ') return false
  let unquoted = 0
  let spaced = 0
  for (const { cells, quoted } of records) {
    if (cells.length !== columns) continue
    unquoted += Math.max(0, columns - 1 - quoted)
    for (let column = 1; column < columns; column++) if ((cells[column] ?? '').startsWith(' ')) spaced += 1
  }
  return spaced > 0 && spaced >= 0.95 * unquoted
}

function withSpaces(layout: Layout, text: string, whole: boolean): Layout {
  const format = { ...layout.format, spaced: true }
  return { ...layout, format, records: sampleRecords(text, whole, format) }
}

function formatsFor(text: string, overrides: Chosen, rare: readonly string[]): TextFormat[] {
  const opensCells = (quote: string): boolean =>
    new RegExp(`(?:^|[\\n\\r,;\\t| ])${quote}`).test(text) || rare.some((delimiter) => text.includes(delimiter + quote))
  const quotes: readonly Dialect['quote'][] =
    overrides.quote !== undefined ? [overrides.quote] : ['"', ...(["'", '`'] as const).filter(opensCells)]
  const escapes: readonly Dialect['escape'][] =
    overrides.escape !== undefined
      ? [overrides.escape]
      : /\\["',;|\t]/.test(text)
        ? ['doubled', 'backslash']
        : ['doubled']
  const separators = overrides.delimiter !== undefined ? [overrides.delimiter] : [...delimiters, ...rare]
  return separators.flatMap((delimiter) =>
    quotes.flatMap((quote) =>
      escapes.flatMap((escape) =>
        (delimiter === ' ' ? [false, true] : [false]).map((runs) => ({
          delimiter,
          quote,
          escape,
          runs,
          spaced: false,
          loneEnds: loneEndsOf(overrides.lineEnd)
        }))
      )
    )
  )
}

function sampleRecords(text: string, whole: boolean, format: TextFormat): TextRecord[] {
  const records: TextRecord[] = []
  const reader = new RecordReader(text, format)
  for (let at = 0; at < text.length && records.length < SAMPLE_RECORDS;) {
    let record = reader.read(at, 'strict')
    const isCut = !whole && record.end === text.length && records.length > 0
    if (record.problem !== null) {
      const line = reader.read(at, 'line')
      if (isCut && line.end === text.length) break
      record = line
    } else if (isCut) break
    if (!record.blank) records.push(record)
    at = record.end
  }
  return records
}

/** The most frequent number of fields, more than one where it can be; among equals that of the first record, then more. */
function modalFields(records: readonly TextRecord[]): number {
  const counts = new Map<number, number>()
  for (const { cells } of records) {
    if (cells.length > 1) counts.set(cells.length, (counts.get(cells.length) ?? 0) + 1)
  }
  if (counts.size === 0) return 1
  const most = Math.max(...counts.values())
  const modal = [...counts].filter(([, count]) => count === most).map(([fields]) => fields)
  const first = records[0]?.cells.length ?? 1
  const fields = modal.includes(first) ? first : Math.max(...modal)
  const wider = [...counts].filter(([more, count]) => more >= 2 * fields && more * count > fields * most)
  return wider.find(([more, count]) => count >= LEAST_BLOCK && isBlock(records, more, count))?.[0] ?? fields
}

/** So many records may be a table below more lines of something else. */
const LEAST_BLOCK = 4

/** Whether the records of so many fields stand together. */
function isBlock(records: readonly TextRecord[], fields: number, count: number): boolean {
  const isOne = ({ cells }: TextRecord): boolean => cells.length === fields
  return records.findLastIndex(isOne) - records.findIndex(isOne) < 1.1 * count
}

/**
 * Records but for those that begin with a comment mark, when these are few or single texts beside rows of cells: they
 * have nothing to do with how the others are written.
 */
function withoutComments(records: readonly TextRecord[]): readonly TextRecord[] {
  const isComment = ({ cells, quoted }: TextRecord): boolean =>
    quoted === 0 && commentMarks.some((mark) => mark !== '' && (cells[0] ?? '').trimStart().startsWith(mark))
  const others = records.filter((record) => !isComment(record))
  const areTexts =
    others.some(({ cells }) => cells.length > 1) &&
    records.every((record) => record.cells.length === 1 || !isComment(record))
  return areTexts || 2 * others.length > records.length ? others : records
}

function layoutOf(all: readonly TextRecord[], format: TextFormat, rare: readonly string[]): Layout {
  const records = withoutComments(all)
  const columns = modalFields(records)
  const isRegular = (record: TextRecord): boolean => record.cells.length === columns
  const first = records.findIndex(isRegular)
  const last = records.findLastIndex(isRegular)
  const table = records.slice(first, last + 1)
  const regular = table.filter((record) => isRegular(record) && record.problem === null).length
  // Text around a table may be long; a table is alike from its first row to its last.
  const alike = (regular / table.length) * (0.25 + (0.75 * table.length) / records.length)
  const sure = sureOfDelimiter(table, columns, format.delimiter, rare)
  // One line with a comma in it does not make a table of single texts, unless it stands first.
  const isTable = columns > 1 && (regular > 1 || first === 0) && !areDecimals(records, format)
  const score = isTable ? alike * valueShare(table, format, rare) * sure : 0
  return { format, records: all, columns, score }
}

/** Whether rows below one name are numbers with decimal commas rather than two columns without names. */
function areDecimals(records: readonly TextRecord[], { delimiter }: TextFormat): boolean {
  const [first, ...rows] = records
  const isDecimal = ({ cells }: TextRecord): boolean => cells.length === 2 && decimals.includes(kindOf(cells.join(',')))
  const isName = first?.cells.length === 1 && kindOf(first.cells[0] ?? '') === 'text'
  return delimiter === ',' && isName && rows.length > 1 && rows.every(isDecimal)
}

/** How likely a delimiter is one, 0 … 1, before its cells are looked at. */
function sureOfDelimiter(
  table: readonly TextRecord[],
  columns: number,
  delimiter: string,
  rare: readonly string[]
): number {
  if (delimiter === ' ') return sureOfSpaces(table, columns)
  if (rare.includes(delimiter)) return SURE_OF_RARE
  // What only ever stands beside others that belong to the same delimiter is none.
  return rare.some((longer) => longer.length > 1 && longer.includes(delimiter)) ? SURE_OF_PART : 1
}

/** Words are separated by spaces everywhere: only where most cells are numbers do spaces make a table. */
function sureOfSpaces(table: readonly TextRecord[], columns: number): number {
  let cells = 0
  let values = 0
  let moments = 0
  for (const record of table) {
    if (record.cells.length !== columns) continue
    if (columns === 2 && dateOrTime.test(record.cells.join(' '))) moments += columns
    cells += columns
    values += record.quoted
    for (const cell of record.cells) if (cell !== '' && (kindOf(cell) !== 'text' || dateOrTime.test(cell))) values += 1
  }
  // Spaces at the end of every row fill it up: runs of them are the delimiter.
  if (table.every(({ cells }) => cells.at(-1) === '')) return 0
  // Days and times of day are one value.
  if (cells === 0 || columns < 2 || moments > 0.9 * cells) return 0
  return Math.min(0.9, 0.2 + values / cells)
}

/** How many cells look like a single value: a number, a date, a word, rather than several values run together. */
function valueShare(records: readonly TextRecord[], format: TextFormat, rare: readonly string[]): number {
  const others = [...delimiters, ...rare].filter((delimiter) => delimiter !== format.delimiter && delimiter !== ' ')
  let cells = 0
  let values = 0
  for (const record of records) {
    for (const cell of record.cells) {
      cells += 1
      values += valueOf(cell, others, format)
    }
  }
  return cells === 0 ? 0 : values / cells
}

function valueOf(cell: string, others: readonly string[], format: TextFormat): number {
  if (kindOf(cell) !== 'text') return 1
  const text = cell.trim()
  if (dateOrTime.test(text)) return 1
  // 5,1;3,5 splits evenly at commas as well, but leaves cells like 1;3.
  if (others.some((other) => cell.includes(other)) || areSeveral(text)) return 0.4
  return format.quote !== '' && /^["'`]|["'`]$/.test(text) ? 0.5 : 0.95
}

/** So many values side by side are rather a row whose columns are padded with spaces. */
const LEAST_ROW = 3

function areSeveral(text: string): boolean {
  const parts = text.split(/\s+/)
  return parts.length >= LEAST_ROW && parts.every((part) => kindOf(part) !== 'text' || dateOrTime.test(part))
}

function chosen(layouts: readonly Layout[], sure: number): Layout | null {
  const several = layouts.filter((layout) => layout.columns > 1 && layout.score > 0)
  const best = several.reduce<Layout | null>((a, b) => (a === null || isBetter(b, a) ? b : a), null)
  if (best !== null && best.score > sure) return best
  // A single column: take a delimiter that does not occur in it, or hardly ever.
  const cut = (layout: Layout): number => layout.records.filter((record) => record.cells.length > 1).length
  const whole = layouts.filter(({ format }) => format.delimiter !== ' ')
  const least = (whole.length > 0 ? whole : layouts).reduce<Layout | null>(
    (a, b) => (a === null || cut(b) < cut(a) ? b : a),
    null
  )
  return least === null ? null : { ...least, columns: 1 }
}

function isBetter(a: Layout, b: Layout): boolean {
  if (a.score !== b.score) return a.score > b.score
  // The more usual quote and escape come first.
  return a.columns > b.columns
}
