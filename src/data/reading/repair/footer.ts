import { judgeHeader } from '../detect/header'
import { readRecords, type TextFormat, type TextRecord } from '../detect/records'
import { MARGIN, RowFitter } from './fit-row'

/** A table's cells and some of its rows. */
export interface TableShape extends TextFormat {
  readonly columns: number
  readonly sample: readonly (readonly string[])[]
}

/** A record that may be no row, as long as nothing but such records follow. */
export interface Doubtful {
  readonly record: TextRecord
  readonly afterBlank: boolean
}

/** Where a table ends, and whether what follows is a table of its own. */
export interface TableEnd {
  /** Index of the first record that is no row. */
  readonly from: number
  readonly otherTable: boolean
}

/** A text above numbers is a header beyond doubt. */
const SURE_HEADER = 0.9
/** Rows of another table, its header among them, at least. */
const LEAST_OTHER_ROWS = 3

/** What notes begin with: marks of footnotes, and words for sources. */
const noteStart =
  /^(?:[*†‡©]|[([]\w{1,3}[)\]]|\w{1,2}\) |(?:sources?|notes?|footnotes?|remarks?|legend|copyright|quellen?)\b)/i
const labelled = /^\S[^:]{0,40}: /
/** What a label counts for, where the cells above have none. */
const LABEL = 2

/** Tells rows from the lines below a table. */
export class FooterJudge {
  constructor(
    private readonly columns: number,
    private readonly fitter: RowFitter
  ) {}

  /** Whether a record is a row only if rows follow. */
  isDoubtful({ cells }: TextRecord): boolean {
    if (cells.length !== this.columns) return true
    return this.columns > 1 && cells.slice(1).every(isEmpty) && (this.columns > 2 || isEmpty(cells[0] ?? ''))
  }

  /** @param last all doubtful records at the end of the file */
  endOf(last: readonly Doubtful[]): TableEnd {
    const other = this.otherTable(last)
    if (other >= 0) return { from: other, otherTable: true }
    return { from: this.notesFrom(last), otherTable: false }
  }

  /** Single texts, or whatever follows a blank line in fewer cells. */
  private notesFrom(last: readonly Doubtful[]): number {
    let from = last.length
    for (let index = last.length - 1; index >= 0; index--) {
      const found = last[index]
      if (found === undefined) break
      const { cells } = found.record
      if (cells.length === this.columns) {
        // A line that is filled up with delimiters, or nothing else than delimiters.
        if (this.isNote(cells[0] ?? '') || (cells.every(isEmpty) && from === index + 1)) from = index
        else if (!cells.every(isEmpty)) break
        continue
      }
      const filled = filledOf(cells)
      const single = filled <= 1 && this.columns > 2 && this.fitter.fit(cells).change !== 'split'
      const apart = filled < this.columns && last.slice(0, index + 1).some((earlier) => earlier.afterBlank)
      if (!single && !apart && !this.isNoteAmongNotes(last, index)) break
      from = index
      if (!single && found.afterBlank) break
    }
    return from
  }

  private isNote(cell: string): boolean {
    const text = cell.trim()
    const surprise = this.fitter.surpriseOf(cell, 0) + (labelled.test(text) ? LABEL : 0)
    return text !== '' && (noteStart.test(text) || surprise > MARGIN)
  }

  /** A note with a delimiter in it, next to one without. */
  private isNoteAmongNotes(last: readonly Doubtful[], index: number): boolean {
    const first = (at: number): string => last[at]?.record.cells[0] ?? ''
    const isSingle = (at: number): boolean => last[at]?.record.cells.length === 1 && this.isNote(first(at))
    const few = (last[index]?.record.cells.length ?? 0) < this.columns
    return this.columns > 2 && few && this.isNote(first(index)) && (isSingle(index - 1) || isSingle(index + 1))
  }

  /** Records of one other number of cells: after a blank line, or below names of their own. */
  private otherTable(last: readonly Doubtful[]): number {
    const width = last.at(-1)?.record.cells.length ?? 0
    if (width < 2 || width === this.columns) return -1
    let from = last.length
    while (from > 0 && last[from - 1]?.record.cells.length === width) from -= 1
    const records = last.slice(from).map(({ record }) => record.cells)
    if (records.length < LEAST_OTHER_ROWS) return -1
    const verdict = judgeHeader(records)
    const named = verdict.header && verdict.confidence >= SURE_HEADER
    return named || last[from]?.afterBlank === true ? from : -1
  }
}

const isEmpty = (cell: string): boolean => cell.trim() === ''

function filledOf(cells: readonly string[]): number {
  return cells.filter((cell) => !isEmpty(cell)).length
}

/** Whether a text that ends with a table's file ends in lines that are none of its rows, though they look like them. */
export function endsInNotes(tail: string, whole: boolean, dialect: TableShape): boolean {
  const start = whole ? 0 : tail.search(/[\r\n]/) + 1
  const judge = new FooterJudge(dialect.columns, new RowFitter(dialect.columns, dialect, dialect.sample))
  let last: Doubtful[] = []
  for (const record of readRecords(tail.slice(start), dialect)) {
    if (record.blank) continue
    if (judge.isDoubtful(record)) last.push({ record, afterBlank: false })
    else last = []
  }
  return judge.endOf(last).from < last.length
}
