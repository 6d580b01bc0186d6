import { commentMarks, type Dialect } from '../../../shared/table/dialect'
import { kindOf } from '../cell-kinds'
import { RowFitter } from '../repair/fit-row'
import { judgeHeader } from './header'
import type { Layout } from './layout'
import type { TextFormat, TextRecord } from './records'

/** Lines of titles and notes before a table, at most. */
const MOST_PREAMBLE = 100
/** A header is beyond doubt when it stands above numbers. */
const SURE_HEADER = 0.9

/** A sentence has so many words, a name at most so many. */
const WORDS_OF_SENTENCE = 5
const WORDS_OF_NAME = 3
const wordsIn = (cell: string): number => cell.trim().split(/\s+/).length
const areNames = (cells: readonly string[]): boolean => cells.every((cell) => wordsIn(cell) <= WORDS_OF_NAME)

/** Where the table begins in a text. */
export interface Region {
  readonly comment: Dialect['comment']
  /** Records of the table, the header among them; comments are left out. */
  readonly records: readonly TextRecord[]
  /** Where its first record starts in the text. */
  readonly start: number
  /** Lines before it. */
  readonly lines: number
  /** Whether it is beyond doubt, 0 … 1. */
  readonly confidence: number
}

/**
 * Where a table begins: at the first record that has as many fields as most, or at a header before it that lacks or
 * exceeds a few. What stands before, in fewer fields, are titles and notes.
 * @param preambleLines what a person decided
 */
export function findRegion(
  text: string,
  { records, columns, format }: Layout,
  chosen: { readonly comment?: Dialect['comment'] | undefined; readonly preambleLines?: number | undefined }
): Region {
  const comment = chosen.comment ?? detectComment(records, columns)
  const isMarked = (record: TextRecord): boolean => isComment(text, record, comment)
  const names = chosen.preambleLines === undefined ? markedNames(records, columns, isMarked) : null
  const rows = records.filter((record) => record === names || !isMarked(record))
  if (chosen.preambleLines !== undefined) {
    const start = startOfLine(text, chosen.preambleLines)
    const kept = rows.filter((record) => record.start >= start)
    return { comment, records: kept, start: kept[0]?.start ?? text.length, lines: chosen.preambleLines, confidence: 1 }
  }
  const found = columns === 1 ? 0 : beginOf(rows, columns, format)
  const begin = isWideTitle(rows, found, columns) ? found + 1 : found
  const first = rows[begin]
  const start = begin === 0 && comment === '' ? 0 : (first?.start ?? 0)
  return {
    comment,
    records: rows.slice(begin),
    start,
    lines: linesBefore(text, start),
    confidence: begin === 0 ? 0.95 : 0.8
  }
}

/** The last comment above the rows where it holds their names, as in `#CHROM POS ID`. */
function markedNames(
  records: readonly TextRecord[],
  columns: number,
  isMarked: (record: TextRecord) => boolean
): TextRecord | null {
  const first = records.findIndex((record) => !isMarked(record))
  const above = records[first - 1]
  if (above?.cells.length !== columns || columns === 1) return null
  return areNames(above.cells) && isSureHeader(records, first - 1) ? above : null
}

function beginOf(rows: readonly TextRecord[], columns: number, format: TextFormat): number {
  const header = afterPaddedTitles(rows, columns)
  if (header > 0) return header
  const regular = rows.findIndex(({ cells }) => filledUpTo(cells) === columns)
  const first = regular >= 0 ? regular : rows.findIndex(({ cells }) => cells.length === columns)
  if (first <= 0 || first > MOST_PREAMBLE) return 0
  // A title may have its line filled up with empty cells.
  const before = rows[first - 1]
  if (before === undefined) return first
  const fields = filledOf(before.cells)
  // Words of a title are as many cells between spaces.
  const areWords = format.delimiter === ' ' && fields > columns
  const mayBeHeader =
    (fields >= 2 && !areWords && (fields >= columns - 1 || fields >= columns / 2)) ||
    (fields < columns && new RowFitter(columns, format, []).writtenOtherwise(before.cells) !== null)
  return mayBeHeader && !isSureHeader(rows, first) ? first - 1 : first
}

/**
 * Spreadsheets fill up every line with empty cells: a row of names above numbers is the header when all rows before it
 * are half empty.
 * @returns its index, or 0
 */
function afterPaddedTitles(rows: readonly TextRecord[], columns: number): number {
  const isTitle = ({ cells }: TextRecord): boolean => 2 * filledOf(cells) <= columns
  const first = rows.findIndex((record) => !isTitle(record))
  const cells = rows[first]?.cells ?? []
  const isNames = cells.length === columns && columns > 2 && cells.every((cell) => kindOf(cell) === 'text')
  return first > 0 && first <= MOST_PREAMBLE && isNames && isSureHeader(rows, first) ? first : 0
}

function isSureHeader(rows: readonly TextRecord[], index: number): boolean {
  const { header, confidence } = judgeHeader(rows.slice(index).map(({ cells }) => cells))
  return header && confidence >= SURE_HEADER
}

function filledOf(cells: readonly string[]): number {
  return cells.filter((cell) => cell.trim() !== '').length
}

/** A title with commas in it may be as wide as the table: sentences above names that stand above numbers. */
function isWideTitle(rows: readonly TextRecord[], index: number, columns: number): boolean {
  const [title = [], names = []] = rows.slice(index, index + 2).map(({ cells }) => cells)
  if (title.length !== columns || names.length !== columns || columns < 2) return false
  const isSentence = title.some((cell) => wordsIn(cell) >= WORDS_OF_SENTENCE)
  const areTexts = names.every((cell) => kindOf(cell) === 'text')
  return isSentence && areTexts && areNames(names) && isSureHeader(rows, index + 1)
}

/** Cells up to the last one with something in it, but for rows without any: those count as they are. */
function filledUpTo(cells: readonly string[]): number {
  return filledOf(cells) <= 1 && cells.length > 2 ? 1 : cells.length
}

/** What several lines that are no rows begin with. */
function detectComment(records: readonly TextRecord[], columns: number): Dialect['comment'] {
  for (const mark of commentMarks) {
    if (mark === '') continue
    const marked = records.filter(({ cells, quoted }) => quoted === 0 && (cells[0] ?? '').trimStart().startsWith(mark))
    if (marked.length === 0 || marked.length === records.length) continue
    // "#id,name" above a table is its header; a sentence with a comma in it is not.
    const likeRows = marked.filter(({ cells }) => cells.length === columns && areNames(cells)).length
    if (columns === 1 ? marked[0] === records[0] && marked.length > 1 : 2 * likeRows < marked.length) return mark
  }
  return ''
}

export function isComment(text: string, { start, textEnd }: TextRecord, mark: Dialect['comment']): boolean {
  return mark !== '' && text.slice(start, textEnd).trimStart().startsWith(mark)
}

function linesBefore(text: string, end: number): number {
  return text.slice(0, end).match(/\r\n|\n|\r/g)?.length ?? 0
}

function startOfLine(text: string, lines: number): number {
  const ends = /\r\n|\n|\r/g
  for (let line = 0; line < lines; line++) if (ends.exec(text) === null) return text.length
  return ends.lastIndex
}
